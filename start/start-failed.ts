import { FurrowError } from '../src/errors.ts';

/** A step of the start cannot be done on this machine. The message is the one sentence that the user reads. */
export class StartFailed extends FurrowError {
  readonly code = 'StartFailed';
}

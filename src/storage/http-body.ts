import { InvalidFile, LimitExceeded } from '../errors.ts';
import { checkLimit, limit } from '../limits.ts';
import { type Answer, passing } from './http-request.ts';
import type { Attempt } from './retry.ts';
import type { ReadOptions } from './source.ts';

/** An answer that brings less than this a second, after `requestMs` of grace, is given up: a stalled server can drip. */
const LEAST_BYTES_A_SECOND = 8 * 1024;
/** As much of a refusal is read: stores say why in a few hundred bytes. */
const REFUSAL_BYTES = 4 * 1024;

export interface BodyOptions extends ReadOptions {
  readonly now?: (() => Date) | undefined;
}

/**
 * Bytes `skip` to `skip + length` of the body. With `open` the body may go on after them and is left there; otherwise more
 * or fewer bytes are a passing failure, as is a body that comes too slowly.
 */
export async function takeBody(
  { body, url }: Answer,
  { skip, length, open }: { readonly skip: number; readonly length: number; readonly open: boolean },
  { signal, memory = Buffer.allocUnsafeSlow, now = () => new Date() }: BodyOptions,
): Promise<Attempt<Uint8Array>> {
  const bytes = memory(length);
  const until = now().getTime() + limit('requestMs') + ((skip + length) * 1000) / LEAST_BYTES_A_SECOND;
  let seen = 0;
  try {
    for await (const part of body) {
      if (!(part instanceof Uint8Array)) return { passing: 'the answer is no bytes' };
      if (seen + part.length > skip + length && !open) return { passing: 'the answer is too long' };
      const from = Math.max(0, skip - seen);
      const wanted = part.subarray(from, Math.max(from, skip + length - seen));
      if (wanted.length > 0) bytes.set(wanted, seen + from - skip);
      seen += part.length;
      if (open && seen >= skip + length) break;
      if (now().getTime() > until) return { passing: `only ${seen} bytes of the answer came in time` };
    }
  } catch (error) {
    return passing(error, url, signal);
  }
  if (seen < skip + length) return { passing: `the answer ended after ${seen} of ${skip + length} bytes` };
  return { value: bytes };
}

/** All bytes of a body of unknown length, at most `readBytes`. */
export async function takeAll(
  { body, url }: Answer,
  name: string,
  { signal, now = () => new Date() }: BodyOptions,
): Promise<Attempt<Uint8Array>> {
  const parts: Uint8Array[] = [];
  const start = now().getTime() + limit('requestMs');
  let total = 0;
  try {
    for await (const part of body) {
      if (!(part instanceof Uint8Array)) throw new InvalidFile(`${name}: no bytes`);
      total += part.length;
      checkLimit('readBytes', total, `${name} (its server cannot read ranges)`);
      parts.push(part);
      if (now().getTime() > start + (total * 1000) / LEAST_BYTES_A_SECOND)
        return { passing: `only ${total} bytes of the answer came in time` };
    }
  } catch (error) {
    if (error instanceof LimitExceeded || error instanceof InvalidFile) throw error;
    return passing(error, url, signal);
  }
  return { value: Buffer.concat(parts) };
}

/** What an S3 error document says: its code (`AccessDenied`, `SignatureDoesNotMatch`, ...) and the bucket's region. */
export interface Refusal {
  readonly code?: string | undefined;
  readonly region?: string | undefined;
}

/** Reads why a request was refused, for `requestMs` at most; nothing where the body is no such document. */
export async function readRefusal(
  { body }: Answer,
  { now = () => new Date() }: BodyOptions = {},
): Promise<Refusal> {
  const until = now().getTime() + limit('requestMs');
  let text = '';
  try {
    for await (const part of body) {
      if (part instanceof Uint8Array) text += new TextDecoder('latin1').decode(part);
      if (text.length >= REFUSAL_BYTES || now().getTime() > until) break;
    }
  } catch {
    // The status alone must do.
  }
  return {
    code: /<Code>([A-Za-z]{1,64})<\/Code>/.exec(text)?.[1],
    region: /<Region>([a-z0-9-]{1,64})<\/Region>/.exec(text)?.[1],
  };
}

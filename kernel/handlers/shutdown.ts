import type { Handler } from '../dispatch.ts';
import { fieldsOf } from '../validate.ts';

/** Answers `shutdown_request`, then ends the kernel; `restart` comes back in the reply, whoever started us restarts. */
export function answerShutdown(shutDown: () => void): Handler {
  return (request) => {
    const restart = fieldsOf(request).flag('restart', false);
    shutDown();
    return { restart };
  };
}

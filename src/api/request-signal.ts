import { ResultTimeout } from '../errors.ts';
import type { App } from './app.ts';

/**
 * Gives every request a `signal` that fires when its client goes before the answer is whole, and after `answerMs` without the start of
 * one, which is then answered by `ResultTimeout`. The framework's own fires as soon as a body was read, and its time limit ends there.
 */
export function endWithTheClient(app: App, answerMs: number): void {
  app.addHook('onRequest', async (request, reply) => {
    const over = new AbortController();
    const response = reply.raw;
    const timer = setTimeout(() => {
      if (reply.sent || response.headersSent) return;
      const error = new ResultTimeout(
        `there was no answer within ${answerMs} ms; FURROW_MAX_ANSWER_MS sets that limit, and a batch job has more time`,
      );
      over.abort(error);
      if (!reply.sent) reply.send(error);
    }, answerMs);
    response.once('close', () => {
      clearTimeout(timer);
      if (!response.writableFinished) over.abort();
    });
    Object.defineProperty(request, 'signal', { value: over.signal });
  });
}

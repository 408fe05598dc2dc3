import { setTimeout as wait } from 'node:timers/promises';
import { startBuiltKernel } from '../support/built-kernel.ts';
import { watchMemory } from '../support/process-memory.ts';

/** The idle time of the measured kernel, and what is waited for the memory to be what it then is. */
const idleMs = 8000;
const settledMs = 4000;

/** A member of the prelude's names: the types of the whole runtime are read for it. */
const question = "collection('demo').";

/**
 * Resident memory of a kernel with the prelude and the language service, in MiB, all its processes summed: after it has
 * completed a member of the prelude's names, and after its idle time.
 */
export async function kernelMemory(): Promise<Record<string, number>> {
  const kernel = await startBuiltKernel({ FURROW_LANGUAGE_IDLE: String(idleMs / 1000) });
  try {
    const memory = watchMemory(kernel.process.pid ?? 0, 1000);
    const mib = (): number => Number((memory.now() / 2 ** 20).toFixed(1));
    await kernel.run('1+1');
    const { reply } = await kernel.ask('complete_request', { code: question, cursor_pos: question.length });
    await wait(settledMs);
    const withLanguage = mib();
    await wait(idleMs);
    const givenBack = mib();
    memory.stop();
    return {
      rss_with_language_mib: withLanguage,
      rss_given_back_mib: givenBack,
      complete_member_matches: (reply.matches as readonly unknown[]).length,
    };
  } finally {
    await kernel.stop();
  }
}

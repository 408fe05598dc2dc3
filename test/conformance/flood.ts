import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { TestKernel } from '../kernel/client.ts';
import { startBuiltKernel } from '../support/built-kernel.ts';
import { watchMemory } from '../support/process-memory.ts';
import { type Check, type SuiteOptions, type SuiteResult, suiteResult } from './suite.ts';

/** Megabytes (10^6 bytes) that the kernel's processes may hold together, whatever its readers do. */
const limitMb = 250;

type Pace = 'fast' | 'slow' | 'stopped';

/** A cell that prints so many bytes, and who reads them. */
interface Flow {
  readonly name: string;
  readonly pace: Pace;
  readonly code: string;
  readonly bytes: number;
}

/** What a reader has seen so far. */
interface Seen {
  readonly text: number;
  readonly notices: number;
  readonly idle: readonly string[];
}

/**
 * 1 GB (short: 100 MB) printed in one cell, to a reader that takes all, to one that takes 5 MB a second and to one that
 * has stopped: the memory of the kernel's processes stays within its limit, nothing is missing without a notice, and the
 * next cell works. Without the language service, which `bench -- kernel` measures.
 */
export async function flood({ short, tell }: SuiteOptions): Promise<SuiteResult> {
  const megabytes = short ? 100 : 1000;
  const details: Check[] = [];
  const figures: Record<string, number> = {};
  const lines = `for (let i = 0; i < ${megabytes}; i++) console.log('x'.repeat(999_999))`;
  const run = async (flow: Flow): Promise<void> => {
    await measure(flow, details, figures);
    tell?.(
      `${flow.name}: ${figures[`peak_${flow.name}_mb`]} MB at most, ${figures[`${flow.name}_seconds`]} s`,
    );
  };
  for (const pace of ['fast', 'slow', 'stopped'] as const)
    await run({ name: pace, pace, code: lines, bytes: megabytes * 1e6 });
  const native = `import { execFileSync } from 'node:child_process';
    execFileSync('sh', ['-c', 'head -c ${megabytes}000000 /dev/zero | tr "\\\\0" x'], { stdio: 'inherit' }); undefined`;
  const kinds = {
    giant_string: [
      `console.log('x'.repeat(${Math.min(megabytes, 400)}e6 - 1))`,
      Math.min(megabytes, 400) * 1e6,
    ],
    stderr: [lines.replace('console.log', 'console.error'), megabytes * 1e6],
    short_lines: [`for (let i = 0; i < ${megabytes}e4; i++) console.log('x'.repeat(99))`, megabytes * 1e6],
    native: [native, megabytes * 1e6],
  } as const;
  for (const [name, [code, bytes]] of Object.entries(kinds)) await run({ name, pace: 'fast', code, bytes });
  return suiteResult('flood', details, figures);
}

async function measure(
  { name, pace, code, bytes }: Flow,
  details: Check[],
  figures: Record<string, number>,
): Promise<void> {
  const kernel = await startBuiltKernel({ FURROW_TYPES: 'off' });
  kernel.stopListening();
  const reader = startReader(kernel.iopubAddress, pace);
  const memory = watchMemory(kernel.process.pid as number);
  try {
    // Until its subscription has reached the kernel.
    while ((await reader.ask('look')).idle.length === 0)
      await answered(kernel, kernel.startCell('1'), 20_000);
    await reader.ask(pace === 'stopped' ? 'stop' : 'look');
    const begun = performance.now();
    const id = kernel.startCell(code);
    // A cell with a slow reader waits for it, and one with a reader that has stopped until its text is cut.
    await answered(kernel, id, 400_000);
    figures[`${name}_seconds`] = Math.round((performance.now() - begun) / 100) / 10;
    const next = await answered(kernel, kernel.startCell('1 + 1'), 30_000);
    if (pace === 'stopped') await reader.ask('go');
    const seen = await reader.until((now) => now.idle.includes(id), 400_000);
    const peak = Math.round(memory.stop() / 1e6);
    figures[`peak_${name}_mb`] = peak;
    // A giant text is the cell's own memory, and not to be held twice.
    const limit = name === 'giant_string' ? limitMb + bytes / 1e6 : limitMb;
    details.push(check(`${name}: at most ${limit} MB`, peak <= limit, `${peak} MB`));
    details.push(check(`${name}: the next cell works`, next === 'ok', next));
    details.push(check(`${name}: the idle status arrives`, seen.idle.includes(id), 'it does not'));
    const whole = seen.text >= bytes;
    details.push(
      check(
        `${name}: all text, or a notice that it was cut`,
        whole || seen.notices > 0,
        `${seen.text} of ${bytes} bytes, no notice`,
      ),
    );
    if (!whole) figures[`${name}_text_mb`] = Math.round(seen.text / 1e6);
  } catch (error) {
    figures[`peak_${name}_mb`] = Math.round(memory.stop() / 1e6);
    details.push({ name: `${name}: ends`, status: 'failed', message: String(error) });
  } finally {
    reader.stop();
    await kernel.stop();
  }
}

/** Status of the reply; this client hears nothing of iopub. */
async function answered(kernel: TestKernel, id: string, limitMs: number): Promise<string> {
  await kernel.until(() => kernel.answers(id, 'shell').length > 0, limitMs);
  return String((kernel.answers(id, 'shell')[0]?.content as { status?: string } | undefined)?.status);
}

interface Reader {
  ask(what: 'look' | 'stop' | 'go'): Promise<Seen>;
  until(condition: (seen: Seen) => boolean, limitMs: number): Promise<Seen>;
  stop(): void;
}

function startReader(address: string, pace: Pace): Reader {
  const program = fileURLToPath(new URL('./flood-reader.ts', import.meta.url));
  const child: ChildProcessWithoutNullStreams = spawn(process.execPath, [program, address, pace]);
  child.stderr.pipe(process.stderr);
  const answers: Interface = createInterface(child.stdout);
  const ask = async (what: string): Promise<Seen> => {
    const answer = once(answers, 'line');
    child.stdin.write(`${what}\n`);
    const [line] = (await answer) as [string];
    return JSON.parse(line) as Seen;
  };
  return {
    ask,
    async until(condition, limitMs) {
      const end = performance.now() + limitMs;
      for (;;) {
        const seen = await ask('look');
        if (condition(seen) || performance.now() > end) return seen;
        await pause(50);
      }
    },
    stop: () => child.kill('SIGKILL'),
  };
}

function check(name: string, held: boolean, message: string): Check {
  return held ? { name, status: 'passed' } : { name, status: 'failed', message };
}

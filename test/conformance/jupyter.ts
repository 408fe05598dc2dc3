import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runLimited } from '../support/run-limited.ts';
import { installScratchKernel, type ScratchKernel } from '../support/scratch-kernel.ts';
import { sharedData, withoutSharedData } from '../support/shared-data.ts';
import { testPython, withoutTestPython } from '../support/venv.ts';
import { type Check, type SuiteOptions, type SuiteResult, suiteResult } from './suite.ts';

/** By test and kernel: `passes`, `fails` or `hangs`, and the last line of the error. */
type Table = Readonly<Record<string, Readonly<Record<string, readonly [string, string]>>>>;

/** Two classes with 240 and 30 seconds each, and room to end what hangs. */
const limitMs = 300_000;

/**
 * jupyter_kernel_test with every optional part of it (12 tests), and its test of the iopub welcome. In the full form
 * the peers take the same tests in the same run: what they pass are figures, not checks.
 */
export async function jupyter({ short, tell }: SuiteOptions): Promise<SuiteResult> {
  const program = sharedData('anchors', 'kernel', 'kernel_suite.py');
  const python = testPython();
  if (program === undefined || python === undefined) {
    const message = program === undefined ? withoutSharedData : withoutTestPython;
    return suiteResult('jupyter', [{ name: 'jupyter_kernel_test', status: 'skipped', message }]);
  }
  const kernel = await installScratchKernel();
  try {
    const run = (name: string, cwd: string) => tableOf(kernel, { python, program, name, cwd });
    const ours = await run(kernel.name, kernel.folder);
    const details = checksOf(ours, kernel.name);
    const figures: Record<string, number> = { furrow_passed: passedBy(ours, kernel.name) };
    tell?.(`furrow: ${figures.furrow_passed} passed`);
    for (const peer of short ? [] : kernel.peers) {
      const name = `${figureName(peer)}_passed`;
      figures[name] = passedBy(await run(peer, kernel.peersFolder), peer);
      tell?.(`${figureName(peer)}: ${figures[name]} passed`);
    }
    for (const missing of short ? [] : kernel.missingPeers)
      details.push({ name: 'a peer beside ours', status: 'skipped', message: missing });
    return suiteResult('jupyter', details, figures);
  } finally {
    kernel.remove();
  }
}

/** ipykernel's kernelspec is called after its language. */
export function figureName(peer: string): string {
  return peer === 'python3' ? 'ipykernel' : peer;
}

async function tableOf(
  { folder, environment }: ScratchKernel,
  { python, program, name, cwd }: { python: string; program: string; name: string; cwd: string },
): Promise<Table> {
  const file = join(folder, `${name}.json`);
  const { output } = await runLimited(python, [program, name, '--json', file], {
    cwd,
    env: environment,
    limitMs,
  });
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Table;
  return { 'kernel_suite.py': { [name]: ['fails', output.slice(-2000)] } };
}

function checksOf(table: Table, kernel: string): Check[] {
  return Object.entries(table).map(([test, row]) => {
    const [verdict = 'fails', message = ''] = row[kernel] ?? [];
    const name = test.replace(/^test_/, '').replaceAll('_', ' ');
    return verdict === 'passes'
      ? { name, status: 'passed' }
      : { name, status: 'failed', message: message || verdict };
  });
}

function passedBy(table: Table, kernel: string): number {
  return Object.values(table).filter((row) => row[kernel]?.[0] === 'passes').length;
}

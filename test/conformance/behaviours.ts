import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/config.ts';
import { runLimited } from '../support/run-limited.ts';
import { installScratchKernel, type ScratchKernel } from '../support/scratch-kernel.ts';
import { sharedData, withoutSharedData } from '../support/shared-data.ts';
import { testPython, withoutTestPython } from '../support/venv.ts';
import { readJUnit } from './junit.ts';
import { figureName } from './jupyter.ts';
import { type Check, type SuiteOptions, type SuiteResult, suiteResult } from './suite.ts';

/** What the short form leaves out of the anchors' tests: the suites `interrupts` and `flood` look at the same, faster. */
const longAnchors = ['out_of_memory', 'interrupt', '100_megabytes'];

/** How our own tests are marked that take long. */
const longMark = '(takes long)';

const ownFiles = ['survival.ts', 'alone.ts'];

/**
 * What a kernel must do and jupyter_kernel_test does not look at: the 96 tests of the anchors, and our own beside
 * them. In the full form the peers take those of the anchors in the same run, after ours, as times are part of them.
 */
export async function behaviours({ short, tell }: SuiteOptions): Promise<SuiteResult> {
  const kernel = await installScratchKernel();
  try {
    const details: Check[] = [];
    const figures: Record<string, number> = {};
    const add = (name: string, checks: readonly Check[]): void => {
      figures[`${name}_passed`] = checks.filter(({ status }) => status === 'passed').length;
      figures[`${name}_of`] = checks.length;
      tell?.(`${name}: ${figures[`${name}_passed`]} of ${checks.length}`);
    };
    const own = await ownTests(kernel, short);
    details.push(...own);
    add('own', own);
    const program = sharedData('anchors', 'kernel', 'behaviours.py');
    const python = testPython();
    if (program === undefined || python === undefined) {
      const message = program === undefined ? withoutSharedData : withoutTestPython;
      return suiteResult(
        'behaviours',
        [...details, { name: 'the anchors', status: 'skipped', message }],
        figures,
      );
    }
    const anchors = (name: string, cwd: string, leftOut: readonly string[] = []) =>
      anchorTests(kernel, { python, program, name, cwd, leftOut });
    const ours = await anchors(kernel.name, kernel.folder, short ? longAnchors : []);
    details.push(...ours);
    add('furrow', ours);
    if (short) {
      const message = `${longAnchors.join(', ')} of the anchors, and ours marked ${longMark}`;
      return suiteResult(
        'behaviours',
        [...details, { name: 'left out of the short form', status: 'skipped', message }],
        figures,
      );
    }
    await Promise.all(
      kernel.peers.map(async (peer) => add(figureName(peer), await anchors(peer, kernel.peersFolder))),
    );
    for (const message of kernel.missingPeers)
      details.push({ name: 'a peer beside ours', status: 'skipped', message });
    return suiteResult('behaviours', details, figures);
  } finally {
    kernel.remove();
  }
}

async function anchorTests(
  { folder, environment }: ScratchKernel,
  run: { python: string; program: string; name: string; cwd: string; leftOut: readonly string[] },
): Promise<Check[]> {
  const { python, program, name, cwd, leftOut } = run;
  const report = join(folder, `${name}.xml`);
  const choice = leftOut.length > 0 ? ['-k', `not (${leftOut.join(' or ')})`] : [];
  const args = [
    '-m',
    'pytest',
    '-q',
    '-p',
    'no:cacheprovider',
    program,
    '--kernel',
    name,
    `--junitxml=${report}`,
  ];
  const { output } = await runLimited(python, [...args, ...choice], {
    cwd,
    env: environment,
    limitMs: 1_200_000,
  });
  const named = (check: Check): Check => ({
    ...check,
    name: check.name
      .replace(/^test_/, '')
      .replace(`[${name}]`, '')
      .replace(`[${name}-`, '[')
      .replaceAll('_', ' '),
  });
  return checksOf(report, output).map(named);
}

async function ownTests({ folder, environment }: ScratchKernel, short: boolean): Promise<Check[]> {
  const report = join(folder, 'own.xml');
  const files = ownFiles.map((file) => join(packageRoot(), 'test', 'conformance', 'behaviours', file));
  const args = [
    '--test',
    '--test-concurrency=1',
    '--test-reporter=junit',
    `--test-reporter-destination=${report}`,
  ];
  const choice = short ? [`--test-skip-pattern=${longMark.replace(/[()]/g, '\\$&')}`] : [];
  const env = { ...process.env, PATH: environment.PATH, NODE_TEST_CONTEXT: undefined };
  const { output } = await runLimited(process.execPath, [...args, ...choice, ...files], {
    cwd: packageRoot(),
    env,
    limitMs: 600_000,
  });
  return checksOf(report, output);
}

function checksOf(report: string, output: string): Check[] {
  const checks = existsSync(report) ? readJUnit(readFileSync(report, 'utf8')) : [];
  rmSync(report, { force: true });
  return checks.length > 0
    ? checks
    : [{ name: 'the tests ran to their end', status: 'failed', message: output.slice(-2000) }];
}

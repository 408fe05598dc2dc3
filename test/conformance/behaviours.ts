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

/**
 * What the short form leaves out of the anchors' tests: the suites `interrupts`, `flood` and `messages` look at the same,
 * faster, and so do the tests of the debugger and of subshells.
 */
const longAnchors = [
  ...['out_of_memory', 'interrupt', '100_megabytes', 'ignored', 'replayed', 'bad_request'],
  ...['debug', 'subshell'],
];

/** How our own tests are marked that take long. */
const longMark = '(takes long)';

/** Our own, over real sockets, with the built kernel. */
const ownFiles = ['survival.ts', 'alone.ts', 'rich.ts', 'session.ts'];

/** Tests over real sockets that `npm test` runs as well: the short form leaves them to it. */
const kernelFiles = [
  'subshells.test.ts',
  'types.test.ts',
  'cell/cells.test.ts',
  'cell/magics/npm.test.ts',
  'cell/magics/script.test.ts',
  'cell/magics/session.test.ts',
  'cell/magics/timing.test.ts',
  'debug/lifetime.test.ts',
  'debug/stepping.test.ts',
];

/** All of a full run stays below 25 minutes: ours take about five, and the peers run side by side. */
const limitMs = 900_000;
const progressMs = 30_000;

/**
 * What a kernel must do and jupyter_kernel_test does not look at: the 96 tests of the anchors, and our own beside
 * them. In the full form the peers take those of the anchors in the same run, after ours, as times are part of them;
 * they run side by side, most of their time being spent on waiting for what does not come.
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
    const own = await ownTests(kernel, { short, tell });
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
      anchorTests(kernel, { python, program, name, cwd, leftOut, tell });
    const ours = await anchors(kernel.name, kernel.folder, short ? longAnchors : []);
    details.push(...ours);
    add('furrow', ours);
    if (short) {
      const message = `${longAnchors.join(', ')} of the anchors, ours marked ${longMark}, ${kernelFiles.join(', ')}`;
      return suiteResult(
        'behaviours',
        [...details, { name: 'left out of the short form', status: 'skipped', message }],
        figures,
      );
    }
    await Promise.all(
      kernel.peers.map(async (peer) => {
        const theirs = await anchors(peer, kernel.peersFolder);
        // What a peer fails is a figure; that nothing is known of it must not look like one.
        if (theirs.some(({ name }) => name === noEnd))
          details.push({ ...theirs[0], name: peer, status: 'skipped' });
        else add(figureName(peer), theirs);
      }),
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
  run: {
    readonly python: string;
    readonly program: string;
    readonly name: string;
    readonly cwd: string;
    readonly leftOut: readonly string[];
    readonly tell: SuiteOptions['tell'];
  },
): Promise<Check[]> {
  const { python, program, name, cwd, leftOut, tell } = run;
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
  const progress = follow(`the anchors with ${name}`, tell);
  const { output } = await runLimited(python, [...args, ...choice], {
    cwd,
    env: environment,
    limitMs,
    // pytest writes a character for each test.
    heard: (text) => progress.add(text.match(/[.FEsxX]/g)?.length ?? 0),
  }).finally(progress.stop);
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

async function ownTests(
  { folder, environment }: ScratchKernel,
  { short, tell }: SuiteOptions,
): Promise<Check[]> {
  const report = join(folder, 'own.xml');
  const files = [
    ...ownFiles.map((file) => join(packageRoot(), 'test', 'conformance', 'behaviours', file)),
    ...(short ? [] : kernelFiles.map((file) => join(packageRoot(), 'test', 'kernel', file))),
  ];
  const args = [
    '--test',
    '--test-concurrency=1',
    '--test-reporter=junit',
    `--test-reporter-destination=${report}`,
  ];
  const choice = short ? [`--test-skip-pattern=${longMark.replace(/[()]/g, '\\$&')}`] : [];
  const env = { ...process.env, PATH: environment.PATH, NODE_TEST_CONTEXT: undefined };
  const progress = follow('our own tests', tell);
  const { output } = await runLimited(process.execPath, [...args, ...choice, ...files], {
    cwd: packageRoot(),
    env,
    limitMs,
  }).finally(progress.stop);
  return checksOf(report, output);
}

/** Tells that something began, and every half minute how far it is, until it is stopped. */
function follow(what: string, tell: SuiteOptions['tell']): { add(count: number): void; stop(): void } {
  let done = 0;
  tell?.(`${what}: begun`);
  const timer = setInterval(() => tell?.(`${what}: ${done > 0 ? `${done} done` : 'under way'}`), progressMs);
  return {
    add: (count) => {
      done += count;
    },
    stop: () => clearInterval(timer),
  };
}

const noEnd = 'the tests ran to their end';

function checksOf(report: string, output: string): Check[] {
  const checks = existsSync(report) ? readJUnit(readFileSync(report, 'utf8')) : [];
  rmSync(report, { force: true });
  return checks.length > 0 ? checks : [{ name: noEnd, status: 'failed', message: output.slice(-2000) }];
}

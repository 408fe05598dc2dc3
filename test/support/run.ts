import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { packageRoot } from '../../src/config.ts';
import { setUpPeers } from './setup-peers.ts';

/** Counts of one run of test files, and the names of what failed or was skipped with the reason. */
interface Tally {
  passed: number;
  failed: number;
  skipped: number;
  failures: string[];
  skips: Map<string, number>;
}

/** Tests that measure times want both cores for themselves. */
const timed = /\/conformance\/timed-suites\./;
/** The suites besides wait a good part of their time. */
const suites = /\/conformance\/other-suites\./;
/** Tests that drive JupyterLab or a browser: one at a time, beside the suites. */
const browsers = /\/(notebooks|start|widgets\/(view|labextension))\//;

const root = packageRoot();
const flags = process.argv.slice(2).filter((word) => word.startsWith('--'));
const places = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const unknown = flags.filter((flag) => flag !== '--short');
if (unknown.length > 0) {
  console.error(
    `npm test does not know ${unknown.join(' ')}. Usage: npm test -- [--short] [FOLDER or FILE ...]`,
  );
  process.exit(2);
}
if (flags.includes('--short') || process.env.CI) process.env.FURROW_SHORT = '1';
process.chdir(root);

if (process.env.CI) await setUpPeers({ log: (line) => console.error(line) });
const build = spawnSync(process.execPath, ['start/build.ts'], { stdio: ['ignore', 'inherit', 'inherit'] });
if (build.status !== 0) {
  console.error('The build failed, so no test was run.');
  process.exit(1);
}

const files = globSync('test/**/*.test.ts', { exclude: (name) => name === 'node_modules' })
  .filter((file) => places.length === 0 || places.some((place) => resolve(file).startsWith(resolve(place))))
  .sort();
if (files.length === 0) {
  console.error(`No test file under ${places.join(', ') || 'test/'}.`);
  process.exit(2);
}

const tally: Tally = { passed: 0, failed: 0, skipped: 0, failures: [], skips: new Map() };
const among = (pattern: RegExp) => files.filter((file) => pattern.test(`/${file}`));
const large = [timed, suites, browsers].flatMap(among);
await runFiles(
  files.filter((file) => !large.includes(file)),
  2,
  tally,
);
await runFiles(among(timed), 1, tally);
await Promise.all([runFiles(among(suites), 1, tally), runFiles(among(browsers), 1, tally)]);

for (const [reason, count] of tally.skips) console.log(`skipped ${count}: ${reason}`);
for (const failure of tally.failures) console.log(`failed: ${failure}`);
console.log(`${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped`);
process.exit(tally.failed > 0 || tally.passed === 0 ? 1 : 0);

async function runFiles(group: readonly string[], concurrency: number, into: Tally): Promise<void> {
  if (group.length === 0) return;
  const stream = run({ files: group.map((file) => resolve(file)), concurrency, cwd: root });
  const leaf = (data: { details: { type?: string | undefined } }) => data.details.type !== 'suite';
  stream.on('test:pass', (data) => {
    // A suite that is skipped as a whole does not list its tests: it counts as one.
    if (data.skip !== undefined || data.todo !== undefined) {
      const reason = typeof data.skip === 'string' ? data.skip : data.name;
      into.skipped += 1;
      into.skips.set(reason, (into.skips.get(reason) ?? 0) + 1);
    } else if (leaf(data)) into.passed += 1;
  });
  stream.on('test:fail', (data) => {
    // A suite also fails because a test in it did, which is counted there; a hook that failed is counted here.
    const { error } = data.details;
    if (!leaf(data) && 'failureType' in error && error.failureType === 'subtestsFailed') return;
    into.failed += 1;
    into.failures.push(`${data.file ? relative(root, data.file) : ''} ${data.name}`);
  });
  for await (const line of stream.compose(new spec())) process.stdout.write(line);
}

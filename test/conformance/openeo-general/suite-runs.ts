import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { oidcClient } from '../../support/oidc-provider.ts';
import { runLimited } from '../../support/run-limited.ts';
import { SetupFailed } from '../../support/setup-failed.ts';
import { readJUnit } from '../junit.ts';
import type { Check } from '../suite.ts';

/** With the installation of its environment where there is none yet. */
const limitMs = 1_800_000;

/** openeo-test-suite in an environment of its own, and how it is run. */
export interface SuiteRuns {
  /** The cases of some groups; a group whose report is not there is one failed case. */
  cases(groups: readonly string[]): Promise<ReadonlyMap<string, readonly Check[]>>;
  /** Where answers are compared with another text of the openEO API's description than the specification's; undefined for that one. */
  judgeBy(description: string | undefined): Promise<void>;
  /** How many of the official process definitions a description refuses, and how many there are. */
  refusedBy(description: string): Promise<readonly [refused: number, all: number]>;
  /** The text of the specification's description of the API. */
  readonly description: string;
}

/** Prepares the environment in `home` by `program` (run_suite.sh), for the back end at `api`. Throws `SetupFailed`. */
export async function openSuite(program: string, home: string, api: string): Promise<SuiteRuns> {
  const run = (...args: readonly string[]) =>
    runLimited('bash', [program, ...args], {
      cwd: tmpdir(),
      env: {
        ...process.env,
        SUITE_HOME: home,
        OPENEO_AUTH_CLIENT_ID: oidcClient.id,
        OPENEO_AUTH_CLIENT_SECRET: oidcClient.secret,
        OPENEO_AUTH_PROVIDER_ID: 'test',
      },
      limitMs,
    });
  const prepared = await run('prepare');
  const library = join(home, 'venv', 'lib');
  const python = readdirSync(existsSync(library) ? library : home).find((name) => name.startsWith('python'));
  if (prepared.code !== 0 || python === undefined)
    throw new SetupFailed(`openeo-test-suite cannot be prepared in ${home}: ${prepared.output.slice(-2000)}`);
  const official = join(home, 'assets', 'openeo-api');
  const own = join(home, 'judged-by');

  const judgeBy: SuiteRuns['judgeBy'] = async (description) => {
    // openeo-test-suite 0.2.2 finds its payloads only where they lie above the installed package: from the current folder it joins
    // their path to itself and fails every case that sends one.
    for (const part of ['assets', 'src'])
      await rm(join(library, python, part), { recursive: true, force: true });
    await symlink(join(home, 'src'), join(library, python, 'src'));
    const assets = join(library, python, 'assets');
    await mkdir(assets);
    await symlink(join(home, 'assets', 'processes'), join(assets, 'processes'));
    if (description !== undefined) {
      await mkdir(own, { recursive: true });
      await writeFile(join(own, 'openapi.yaml'), description);
    }
    await symlink(description === undefined ? official : own, join(assets, 'openeo-api'));
  };
  await judgeBy(undefined);
  return {
    judgeBy,
    description: readFileSync(join(official, 'openapi.yaml'), 'utf8'),
    cases: async (groups) => {
      const { output } = await run(api, ...groups);
      return new Map(
        groups.map((group) => {
          const report = join(home, 'reports', `${group}.xml`);
          const cases = existsSync(report) ? readJUnit(readFileSync(report, 'utf8')) : [];
          const missing: Check = {
            name: `group ${group}`,
            status: 'failed',
            message: `no report: ${output.slice(-2000)}`,
          };
          return [group, cases.length === 0 ? [missing] : cases];
        }),
      );
    },
    refusedBy: async (description) => {
      await mkdir(own, { recursive: true });
      await writeFile(join(own, 'asked.yaml'), description);
      const { stdout, stderr } = spawnSync(
        join(home, 'venv', 'bin', 'python'),
        [
          join(import.meta.dirname, 'official_refused.py'),
          join(own, 'asked.yaml'),
          join(home, 'assets', 'processes'),
        ],
        { encoding: 'utf8' },
      );
      const [refused = Number.NaN, all = Number.NaN] = stdout.trim().split(' ').map(Number);
      if (!Number.isFinite(refused + all))
        throw new SetupFailed(`official_refused.py: ${stderr.slice(-2000)}`);
      return [refused, all];
    },
  };
}

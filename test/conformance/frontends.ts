import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installKernelspec } from '../../kernel/install.ts';
import { installIntoPrefix } from '../support/jupyter-prefix.ts';
import { driveConsole } from './frontends/console.ts';
import { driveJupyterLab } from './frontends/jupyterlab.ts';
import { driveNbconvert } from './frontends/nbconvert.ts';
import { driveNotebook } from './frontends/notebook.ts';
import { drivePapermill } from './frontends/papermill.ts';
import { driveProtocol } from './frontends/protocol.ts';
import type { Surroundings } from './frontends/steps.ts';
import { driveVoila } from './frontends/voila.ts';
import { type Check, type SuiteOptions, type SuiteResult, suiteResult } from './suite.ts';

type FrontEnd = (surroundings: Surroundings) => Promise<Check[]>;

/** Each front end, and whether the short form drives it too. */
const frontEnds: readonly (readonly [name: string, inShort: boolean, drive: FrontEnd])[] = [
  ['jupyterlab', true, driveJupyterLab],
  ['console', true, driveConsole],
  ['nbconvert', true, driveNbconvert],
  ['voila', true, driveVoila],
  ['notebook', false, driveNotebook],
  ['papermill', false, drivePapermill],
  ['protocol', false, driveProtocol],
];

/**
 * The kernel in the front ends that people use, each driven from outside: by its page in a headless Chromium, its
 * terminal, its command line, or its HTTP interface. `FURROW_FRONTENDS` names a few, separated by commas.
 */
export async function frontends({ short, tell }: SuiteOptions): Promise<SuiteResult> {
  const folder = mkdtempSync(join(tmpdir(), 'furrow-frontends-'));
  const prefix = join(folder, 'prefix');
  const chosen = process.env.FURROW_FRONTENDS?.split(',');
  try {
    await installIntoPrefix(prefix);
    await installKernelspec({ prefix, name: 'typescript', displayName: 'TypeScript', preludePath: false });
    const checks: Check[] = [];
    const figures: Record<string, number> = {};
    for (const [name, inShort, drive] of frontEnds) {
      if (chosen ? !chosen.includes(name) : short && !inShort) continue;
      const own = join(folder, name);
      mkdirSync(own);
      const started = performance.now();
      checks.push(...(await drive({ folder: own, prefix, short })));
      figures[`${name}_s`] = Math.round((performance.now() - started) / 100) / 10;
      tell?.(`${name}: ${figures[`${name}_s`]} s`);
    }
    return suiteResult('frontends', checks, figures);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

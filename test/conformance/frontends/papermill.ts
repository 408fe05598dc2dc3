import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { jupyterEnvironment } from '../../support/jupyter.ts';
import type { Check } from '../suite.ts';
import { readBook, shownText, writeBook } from './books.ts';
import { expect, performSteps, type Ran, runProgram, type Surroundings } from './steps.ts';

/**
 * papermill executes our notebooks. It cannot put parameters into them: it writes assignments for the languages of its own
 * list only, TypeScript is not among them, and it says so.
 */
export function drivePapermill({ folder, prefix }: Surroundings): Promise<Check[]> {
  const run = (...args: string[]): Promise<Ran> =>
    runProgram('papermill', ['--no-progress-bar', ...args], {
      cwd: folder,
      env: jupyterEnvironment(folder, prefix),
      limitMs: 60_000,
    });

  const executes = async () => {
    writeBook(join(folder, 'in.ipynb'), 'typescript', [
      ['const year = 2026;', 'parameters'],
      'console.log("season", year);\nyear + 1',
    ]);
    const { code, err } = await run('in.ipynb', 'out.ipynb');
    expect(code === 0, err);
    const shown = shownText(readBook(join(folder, 'out.ipynb')), 1);
    expect(shown === 'season 2026\n\n2027', `the cell showed ${JSON.stringify(shown)}`);
  };

  const fails = async () => {
    writeBook(join(folder, 'bad.ipynb'), 'typescript', ['throw new RangeError("too far")', '1']);
    const { code, err } = await run('bad.ipynb', 'bad-out.ipynb');
    expect(code !== 0 && /RangeError: too far/.test(err), `exit code ${code}: ${err.slice(-500)}`);
    expect(existsSync(join(folder, 'bad-out.ipynb')), 'the notebook with the error was not written');
    const { cells } = readBook(join(folder, 'bad-out.ipynb'));
    expect(cells.at(-1)?.execution_count === null, 'it went on after the error');
  };

  const refuses = async () => {
    const { code, err } = await run('in.ipynb', 'with.ipynb', '-p', 'year', '2025');
    expect(code !== 0, 'papermill can parameterize TypeScript now: check what it injects instead of this');
    expect(/typescript/.test(err) && /translator/.test(err), `its reason: ${err.slice(-500)}`);
  };

  return performSteps('papermill', [
    ['executes a notebook', executes],
    ['stops at an error and keeps it in the notebook', fails],
    ['refuses parameters, as it does for each language that it does not know', refuses],
  ]);
}

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { packageRoot } from '../../src/config.ts';
import { makeDemoSeason } from '../../src/demo/make-demo-season.ts';
import { jupyterEnvironment } from '../support/jupyter.ts';
import { installIntoPrefix } from '../support/jupyter-prefix.ts';
import { withoutSharedData } from '../support/shared-data.ts';
import { testPython, withoutTestPython } from '../support/venv.ts';
import { demoRun, type SeasonRun, swissRun } from './season-runs.ts';

interface Executed {
  readonly seconds: number;
  readonly cells: readonly {
    readonly source: string;
    readonly outputs: readonly {
      readonly type: string;
      readonly text: string | null;
      readonly data: Readonly<Record<string, unknown>> | null;
      readonly error: string | null;
    }[];
  }[];
}

describe('the first notebook, executed without a browser', {
  skip: testPython() === undefined && withoutTestPython,
  timeout: 600_000,
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'furrow-notebook-'));
  const prefix = join(folder, 'prefix');
  const data = join(folder, 'data');
  before(async () => {
    await Promise.all([installIntoPrefix(prefix), makeDemoSeason({ folder: join(data, 'demo') })]);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  async function execute({ name, parameters }: SeasonRun): Promise<{ run: Executed; place: string }> {
    const place = join(folder, name);
    mkdirSync(place);
    const notebook = join(place, 'notebook.ipynb');
    copyFileSync(join(packageRoot(), 'notebooks', '01-first-season.ipynb'), notebook);
    const script = join(packageRoot(), 'test', 'notebooks', 'execute_notebook.py');
    const args = [script, notebook, join(place, 'executed.ipynb'), ...(parameters ? [parameters] : [])];
    const child = spawn(testPython() ?? 'python3', args, {
      env: { ...jupyterEnvironment(join(folder, 'home'), prefix), FURROW_DATA: data },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
    assert.ok(out.startsWith('{'), err);
    return { run: JSON.parse(out) as Executed, place };
  }

  function check({ images, parcels, months }: SeasonRun, { cells }: Executed, place: string): void {
    const plain = (cell: number) =>
      (cells[cell]?.outputs ?? []).map(({ data }) => String(data?.['text/plain'] ?? '')).join('\n');
    const errors = cells.flatMap(({ outputs }) => outputs.flatMap(({ error }) => error ?? []));
    assert.deepEqual(errors, []);
    const warnings = cells.flatMap(({ outputs }) => outputs.flatMap(({ text }) => text ?? []));
    assert.deepEqual(warnings, []);
    assert.match(plain(1), new RegExp(`: ${images} images`));
    assert.match(plain(2), new RegExp(`: ${parcels}\\b`));
    assert.ok(cells[3]?.outputs.some(({ data }) => data?.['application/vnd.jupyter.widget-view+json']));
    assert.match(plain(5), /median: 0\.\d+/);
    assert.ok(cells[6]?.outputs.some(({ data }) => data?.['application/vnd.jupyter.widget-view+json']));
    const files = plain(7).match(/'[^']+\.tif'/g) ?? [];
    assert.equal(files.length, months);
    for (const file of files) assert.ok(existsSync(file.slice(1, -1)), `${file} below ${place}`);
    assert.match(plain(8), /extracted now: \d+/);
    assert.doesNotMatch(plain(8), /failed/);
    assert.match(plain(9), /median: 0\.\d+/);
    assert.match(plain(10), /peak: 0\.\d+/);
  }

  test('runs on the demo season', async () => {
    const { run, place } = await execute(demoRun);
    check(demoRun, run, place);
  });

  const swiss = swissRun();
  test('runs on real images and parcels with other parameters only', {
    skip: swiss === undefined && withoutSharedData,
  }, async () => {
    if (swiss === undefined) return;
    const { run, place } = await execute(swiss);
    check(swiss, run, place);
  });
});

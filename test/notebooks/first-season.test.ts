import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { makeDemoSeason } from '../../src/demo/make-demo-season.ts';
import { installIntoPrefix } from '../support/jupyter-prefix.ts';
import { withoutSharedData } from '../support/shared-data.ts';
import { testPython, withoutTestPython } from '../support/venv.ts';
import { assertNoComplaints, type Executed, executeNotebook, plainText } from './execute-notebook.ts';
import { demoRun, type SeasonRun, swissRun } from './season-runs.ts';

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
    const notebook = '01-first-season.ipynb';
    return { run: await executeNotebook({ notebook, place, prefix, data, parameters }), place };
  }

  function check({ images, parcels, months }: SeasonRun, run: Executed, place: string): void {
    const { cells } = run;
    const plain = (cell: number) => plainText(run, cell);
    assertNoComplaints(run);
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

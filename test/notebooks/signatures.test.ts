import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { makeDemoSeason } from '../../src/demo/make-demo-season.ts';
import { installIntoPrefix } from '../support/jupyter-prefix.ts';
import { testPython, withoutTestPython } from '../support/venv.ts';
import { assertNoComplaints, executeNotebook, plainText } from './execute-notebook.ts';

describe('the notebook of signatures, executed without a browser', {
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

  test('runs on the demo season', async () => {
    const place = join(folder, 'demo');
    const run = await executeNotebook({ notebook: '02-signatures.ipynb', place, prefix, data });
    assertNoComplaints(run);
    const { cells } = run;
    const at = (text: string): number => cells.findIndex(({ source }) => source.includes(text));
    const printed = (cell: number): string =>
      (cells[cell]?.outputs ?? []).map(({ text }) => text ?? '').join('');
    const complaints = cells.map((_, i) => printed(i)).filter((text) => /Types of|Line \d+:/.test(text));
    assert.deepEqual(complaints, []);
    assert.match(plainText(run, at('display(season, fields)')), /307/);
    assert.match(plainText(run, at('dryRun')), /to be extracted: 47\n.*time: about /s);
    assert.match(plainText(run, at('parcels: fields })')), /extracted now: 47/);
    assert.match(printed(at('inRange')), /: [1-3]\d\d parcels, \d+ with a median/);
    assert.match(printed(at('fields.peers')), /8 peers: \d\.\d\d to \d\.\d\d/);
    assert.match(printed(at('fields.columns')), /signatures of 307 parcels/);
    const [day] = /\d{4}-\d{2}-\d{2}/.exec(printed(at('inRange'))) ?? [];
    assert.deepEqual(readdirSync(join(place, 'out')).sort(), [
      'archive',
      `ndvi-${day}.gpkg`,
      'ndvi.csv',
      'ndvi.parquet',
      'parcels.zip',
    ]);
    assert.match(printed(at('fields.archive')), /[1-9]\d* months moved; the season is the same/);
    assert.match(printed(at('fields.restore')), /back in the store/);
  });
});

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { makeDemoSeason } from '../../src/demo/make-demo-season.ts';
import { installIntoPrefix } from '../support/jupyter-prefix.ts';
import { testPython, withoutTestPython } from '../support/venv.ts';
import { course, rightAnswers } from './course-answers.ts';
import { assertNoComplaints, type Executed, executeNotebook } from './execute-notebook.ts';

describe('the first exercise of the course on the demo season, by one who has no hub', {
  skip: testPython() === undefined && withoutTestPython,
  timeout: 600_000,
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'furrow-course-'));
  const prefix = join(folder, 'prefix');
  const data = join(folder, 'data');
  before(async () => {
    await Promise.all([installIntoPrefix(prefix), makeDemoSeason({ folder: join(data, 'demo') })]);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const run = (name: string, answers?: Readonly<Record<string, string>>): Promise<Executed> =>
    executeNotebook({ ...course, place: join(folder, name), prefix, data, answers });
  const printed = ({ cells }: Executed, text: string): string =>
    (cells.find(({ source }) => source.includes(text))?.outputs ?? []).map(({ text }) => text ?? '').join('');
  const complaints = ({ cells }: Executed): string[] =>
    cells.flatMap(({ outputs }) =>
      outputs.flatMap(({ text }) => (/Types of|Line \d+:/.test(text ?? '') ? [text ?? ''] : [])),
    );

  test('as it is handed out it runs, and its checks say what to do', async () => {
    const done = await run('as-handed-out');
    assertNoComplaints(done);
    assert.deepEqual(complaints(done), []);
    assert.match(printed(done, 'checkSeason(rows'), /Not yet.*\n.*Hint: Ask the store/);
    assert.match(printed(done, 'checkPeak(peakDay'), /Not yet.*\n.*Hint: Put the rows/);
    assert.match(printed(done, 'saved'), /Solve task 2 first/);
    assert.match(printed(done, 'Not refused'), /this dataset is yours/);
  });

  test('right answers are told so, and the image of the day is saved', async () => {
    const done = await run('solved', rightAnswers);
    assertNoComplaints(done);
    assert.deepEqual(complaints(done), []);
    assert.match(printed(done, 'checkSeason(rows'), /Right\. \d+ clear days/);
    assert.match(
      printed(done, 'checkPeak(peakDay'),
      /Right\. On 2026-0[6-9]-\d\d the middle one of \d+ maize/,
    );
    assert.ok(existsSync(printed(done, 'saved').trim()), printed(done, 'saved'));
  });
});

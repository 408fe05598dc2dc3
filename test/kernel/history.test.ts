import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { History, historyFolder } from '../../kernel/history.ts';

describe('history', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'furrow-history-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** A history that has written these cells. */
  function written(history: History, ...cells: [source: string, output?: string][]): History {
    for (const [at, cell] of cells.entries()) history.add(at + 1, ...cell);
    history.flush();
    return history;
  }

  const sources = (entries: readonly { source: string }[]) => entries.map(({ source }) => source);

  test('keeps cells over sessions, each with a number of its own', () => {
    const first = written(new History(folder), ['a', '1']);
    const second = written(new History(folder), ['b']);
    const beside = written(new History(folder), ['c']);
    assert.deepEqual([first.session, second.session, beside.session], [1, 2, 3]);
    assert.deepEqual(sources(new History(folder).tail(2)), ['b', 'c']);
    assert.deepEqual(new History(folder).range(1, 1, 2), [{ session: 1, line: 1, source: 'a', output: '1' }]);
  });

  test('writes a cell by itself, after what this turn has to do', async () => {
    new History(folder).add(1, 'a');
    assert.equal(statSync(join(folder, '1.jsonl')).size, 0);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(sources(new History(folder).tail(1)), ['a']);
  });

  test('writes no file before the first cell', () => {
    new History(folder);
    assert.deepEqual(readdirSync(folder), []);
  });

  test('gives ranges of this session, and of earlier ones counted back', () => {
    written(new History(folder), ['old']);
    const history = new History(folder);
    for (const line of [1, 2, 3]) history.add(line, `cell ${line}`);
    assert.deepEqual(sources(history.range(0, 1, 3)), ['cell 1', 'cell 2']);
    assert.deepEqual(sources(history.range(0, 2, undefined)), ['cell 2', 'cell 3']);
    assert.deepEqual(sources(history.range(-1, 0, undefined)), ['old']);
    assert.deepEqual(history.range(77, 0, undefined), []);
  });

  test('searches with the patterns of the shell', () => {
    const history = new History(undefined);
    for (const [line, source] of ['a = 11', 'a = 12', 'a = 11', 'b\n = 2', 'f(x) [1]'].entries())
      history.add(line + 1, source);
    assert.deepEqual(sources(history.search('a = 1?', { unique: false })), ['a = 11', 'a = 12', 'a = 11']);
    assert.deepEqual(sources(history.search('a = 1?', { unique: true })), ['a = 11', 'a = 12']);
    assert.deepEqual(sources(history.search('*1*', { n: 2, unique: false })), ['a = 11', 'f(x) [1]']);
    assert.deepEqual(sources(history.search('b*2', { unique: false })), ['b\n = 2']);
    assert.deepEqual(sources(history.search('a = 1[!1]', { unique: false })), ['a = 12']);
    assert.deepEqual(sources(history.search('f(x)*', { unique: false })), ['f(x) [1]']);
    assert.deepEqual(sources(history.search('*-*', { unique: false })), []);
    assert.deepEqual(history.search('*', { n: 0, unique: false }), []);
  });

  test('forgets the oldest cells of a session that is too long, on disk too', () => {
    const history = new History(folder, { bytes: 1000 });
    for (let line = 1; line <= 500; line += 1) history.add(line, `cell ${line}`);
    history.flush();
    assert.ok(statSync(join(folder, '1.jsonl')).size <= 2000);
    assert.deepEqual(readdirSync(folder), ['1.jsonl']);
    assert.deepEqual(sources(history.tail(2)), ['cell 499', 'cell 500']);
    assert.deepEqual(sources(new History(folder).tail(2)), ['cell 499', 'cell 500']);
  });

  test('gives none where none are asked for', () => {
    const history = new History(folder);
    history.add(1, 'a');
    assert.deepEqual(history.tail(0), []);
    assert.deepEqual(sources(history.tail(5)), ['a']);
  });

  test('forgets the oldest sessions when there are too many', () => {
    for (let session = 0; session < 6; session += 1)
      written(new History(folder, { sessions: 3 }), [`${session}`]);
    assert.deepEqual(sources(new History(folder).tail(100)), ['3', '4', '5']);
  });

  test('bounds what one session keeps in memory, and the length of a result', () => {
    const history = new History(undefined, { bytes: 1000, outputLength: 5 });
    for (let line = 1; line <= 100; line += 1) history.add(line, 'x'.repeat(50), 'long result');
    const kept = history.tail(1000);
    assert.ok(kept.length < 20 && kept.length > 3, `${kept.length}`);
    assert.equal(kept.at(-1)?.line, 100);
    assert.equal(kept.at(-1)?.output, 'long ');
  });

  test('reads past a line that a kill cut short, and past files that are not its own', () => {
    written(new History(folder), ['good']);
    appendFileSync(join(folder, '1.jsonl'), '{"line":2,"sour');
    writeFileSync(join(folder, 'notes.txt'), 'hello');
    assert.deepEqual(sources(new History(folder).tail(5)), ['good']);
  });

  test('works in memory where the folder cannot be made', () => {
    writeFileSync(join(folder, 'file'), '');
    chmodSync(folder, 0o500);
    const history = new History(join(folder, 'file', 'below'));
    history.add(1, 'kept');
    assert.deepEqual(sources(history.tail(5)), ['kept']);
  });

  test('has its folder where the environment says', () => {
    assert.equal(historyFolder({ FURROW_HISTORY: '/h' }), '/h');
    assert.equal(historyFolder({ FURROW_HISTORY: 'none' }), undefined);
    assert.equal(historyFolder({ IPYTHONDIR: '/ip', XDG_DATA_HOME: '/x' }), '/ip/furrow/history');
    assert.equal(historyFolder({ XDG_DATA_HOME: '/x' }), '/x/furrow/history');
  });
});

import assert from 'node:assert/strict';
import { describe, mock, test } from 'node:test';
import { printRows } from '../../cli/print-rows.ts';

describe('printRows', () => {
  const printed = (rows: readonly object[], json: boolean): { out: string[]; err: string[] } => {
    const [out, err] = [mock.method(console, 'log', () => {}), mock.method(console, 'error', () => {})];
    printRows(rows, json, 'nothing there');
    const lines = [out, err].map(({ mock: { calls } }) => calls.map((call) => call.arguments.join(' ')));
    mock.restoreAll();
    return { out: lines[0] ?? [], err: lines[1] ?? [] };
  };

  test('people get columns with few digits, and the count', () => {
    const rows = [
      { pid: 1, datetime: '2026-03-08T10:20:21.000Z', mean: 0.59961313, p25: Number.NaN },
      { pid: 12, datetime: '2026-03-13T10:20:21.000Z', mean: 1, p25: 0.25 },
    ];
    assert.deepEqual(printed(rows, false).out, [
      'pid  datetime              mean    p25',
      '1    2026-03-08T10:20:21Z  0.5996',
      '12   2026-03-13T10:20:21Z  1       0.2500',
      '2 rows',
    ]);
  });

  test('programs get whole values, an object a line', () => {
    assert.deepEqual(printed([{ mean: 0.59961313, p25: Number.NaN }], true).out, [
      '{"mean":0.59961313,"p25":null}',
    ]);
  });

  test('where nothing is found, that is told beside the output', () => {
    for (const json of [true, false])
      assert.deepEqual(printed([], json), { out: [], err: ['nothing there'] });
  });
});

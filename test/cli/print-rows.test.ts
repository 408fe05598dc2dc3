import assert from 'node:assert/strict';
import { describe, mock, test } from 'node:test';
import { printBatches, printRows } from '../../cli/print-rows.ts';

describe('printRows', () => {
  const printed = (rows: readonly object[], json: boolean): { out: string[]; err: string[] } => {
    const [out, err] = [mock.method(console, 'log', () => {}), mock.method(console, 'error', () => {})];
    printRows(rows, json, 'nothing there');
    const lines = [out, err].map(({ mock: { calls } }) =>
      calls.flatMap((call) => String(call.arguments[0]).split('\n')),
    );
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

describe('printBatches', () => {
  test('prints a batch before it asks for the next, one table of all of them', async () => {
    for (const json of [true, false]) {
      const out = mock.method(console, 'log', () => {});
      const lines = () => out.mock.calls.flatMap(({ arguments: [text] }) => String(text).split('\n'));
      const before: number[] = [];
      async function* batches() {
        for (let pid = 9; pid < 12; pid++) {
          before.push(lines().length);
          yield [{ pid, mean: 0.5 }];
        }
      }
      await printBatches(batches(), json, 'nothing there');
      mock.restoreAll();
      assert.deepEqual(before, json ? [0, 1, 2] : [0, 2, 3]);
      assert.deepEqual(
        lines(),
        json
          ? ['{"pid":9,"mean":0.5}', '{"pid":10,"mean":0.5}', '{"pid":11,"mean":0.5}']
          : ['pid  mean', '9    0.5000', '10   0.5000', '11   0.5000', '3 rows'],
      );
    }
  });

  test('a table of very many rows is printed', () => {
    const out = mock.method(console, 'log', () => {});
    printRows(
      Array.from({ length: 300_000 }, (_, pid) => ({ pid })),
      false,
      '',
    );
    mock.restoreAll();
    assert.deepEqual(out.mock.calls.at(-1)?.arguments, ['300000 rows']);
  });
});

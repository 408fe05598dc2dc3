import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate, setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { StorageFailure } from '../../src/errors.ts';
import { coalesce, MERGE_GAP_BYTES, PARALLEL_REQUESTS, readCoalesced } from '../../src/storage/coalesce.ts';
import type { ByteRange } from '../../src/storage/source.ts';

const range = fc.record({ offset: fc.nat(5000), length: fc.nat(300) });

describe('merging ranges', () => {
  test('ranges within the gap become one read, farther ones stay apart', () => {
    const reads = coalesce([
      { offset: 100 + MERGE_GAP_BYTES, length: 10 },
      { offset: 0, length: 100 },
      { offset: 111 + 2 * MERGE_GAP_BYTES, length: 5 },
    ]);
    assert.deepEqual(reads, [
      { range: { offset: 0, length: 110 + MERGE_GAP_BYTES }, members: [1, 0] },
      { range: { offset: 111 + 2 * MERGE_GAP_BYTES, length: 5 }, members: [2] },
    ]);
  });

  test('a merged read keeps to its bound; one long range stays whole', () => {
    const ranges = Array.from({ length: 10 }, (_, i) => ({ offset: i * 100, length: 100 }));
    assert.deepEqual(
      coalesce(ranges, 0, 250).map((read) => read.range.length),
      [200, 200, 200, 200, 200],
    );
    assert.equal(coalesce([{ offset: 0, length: 9999 }], 0, 250).length, 1);
  });

  test('every range lies in exactly one read, reads do not touch and keep to gap and bound', () => {
    fc.assert(
      fc.property(
        fc.array(range, { maxLength: 40 }),
        fc.nat(400),
        fc.integer({ min: 1, max: 2000 }),
        (ranges, gap, most) => {
          const reads = coalesce(ranges, gap, most);
          const members = reads.flatMap((read) => read.members).sort((a, b) => a - b);
          assert.deepEqual(
            members,
            ranges.flatMap(({ length }, i) => (length > 0 ? [i] : [])),
          );
          for (const read of reads)
            for (const index of read.members) {
              const { offset, length } = ranges[index] ?? { offset: -1, length: 0 };
              assert.ok(
                offset >= read.range.offset && offset + length <= read.range.offset + read.range.length,
              );
              assert.ok(
                read.range.length <= most || read.members.length === 1 || length <= read.range.length,
              );
            }
        },
      ),
    );
  });

  test('answers equal single reads, in the order asked', async () => {
    const bytes = new Uint8Array(6000).map((_, i) => (i * 31) & 0xff);
    await fc.assert(
      fc.asyncProperty(fc.array(range, { maxLength: 40 }), fc.nat(400), async (ranges, gap) => {
        const answers = await readCoalesced(
          ranges,
          async ({ offset, length }) => bytes.subarray(offset, offset + length),
          gap,
        );
        assert.deepEqual(
          answers,
          ranges.map(({ offset, length }) => bytes.subarray(offset, offset + length)),
        );
      }),
    );
  });
});

test('after a failed read no further ones are begun', async () => {
  const ranges = Array.from({ length: 100 }, (_, i) => ({ offset: i * 1_000_000, length: 10 }));
  let begun = 0;
  const read = async ({ offset }: ByteRange): Promise<Uint8Array> => {
    begun += 1;
    if (offset === 0) throw new StorageFailure('gone');
    await setImmediate();
    return new Uint8Array(10);
  };
  await assert.rejects(readCoalesced(ranges, read), StorageFailure);
  await setTimeout(20);
  assert.equal(begun, PARALLEL_REQUESTS);
});

test('a failure is told only when no other read is under way: its memory may be used again', async () => {
  const ranges = Array.from({ length: 4 }, (_, i) => ({ offset: i * 1_000_000, length: 10 }));
  let underWay = 0;
  const read = async ({ offset }: ByteRange): Promise<Uint8Array> => {
    if (offset === 0) throw new StorageFailure('gone');
    underWay += 1;
    await setTimeout(20);
    underWay -= 1;
    return new Uint8Array(10);
  };
  await assert.rejects(readCoalesced(ranges, read), StorageFailure);
  assert.equal(underWay, 0);
});

test('each range is told of as it arrives', async () => {
  const ranges = [0, 2_000_000, 2_000_010, 1_000_000].map((offset) => ({ offset, length: 10 }));
  const told: [number, number][] = [];
  const read = async ({ offset, length }: ByteRange): Promise<Uint8Array> => {
    if (offset === 0) await setTimeout(20);
    return new Uint8Array(length).fill(offset / 1_000_000);
  };
  const answers = await readCoalesced(ranges, read, undefined, (index, bytes) => {
    told.push([index, bytes.length]);
    assert.equal(bytes[0], [0, 2, 2, 1][index]);
  });
  assert.equal(answers.length, 4);
  assert.deepEqual(told, [
    [3, 10],
    [1, 10],
    [2, 10],
    [0, 10],
  ]);
});

for (const [what, read, arrived] of [
  ['`arrived` throws', async () => new Uint8Array(10), fail],
  ['a read throws before it gives a promise', fail, undefined],
  ['a read fails without a reason', () => Promise.reject(undefined), undefined],
] as const)
  test(`no answers come where ${what}`, async () => {
    const ranges = Array.from({ length: 20 }, (_, i) => ({ offset: i * 1_000_000, length: 10 }));
    let begun = 0;
    const counted = (): Promise<Uint8Array> => {
      begun += 1;
      return read();
    };
    const outcome = await readCoalesced(ranges, counted, undefined, arrived).then(
      () => 'answers',
      (error: unknown) => error,
    );
    assert.ok(outcome === undefined || outcome instanceof StorageFailure, String(outcome));
    assert.ok(begun <= PARALLEL_REQUESTS);
  });

function fail(): never {
  throw new StorageFailure('gone');
}

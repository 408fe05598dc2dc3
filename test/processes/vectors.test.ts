import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { FurrowError } from '../../src/errors.ts';
import { processes } from '../../src/processes/registry.ts';
import { readVectors, runVector, sameResult, type VectorCase } from '../support/process-vectors.ts';
import { sharedData, withoutSharedData } from '../support/shared-data.ts';
import { vectorRepairs } from '../support/vector-repairs.ts';

const spec = sharedData('spec');

/** Why a case fails, or undefined when it passes: either it gives what is expected, or it throws what is expected. */
async function failure(one: VectorCase): Promise<string | undefined> {
  try {
    const result = await runVector(one.process, one.args);
    if ('returns' in one && sameResult(result, one.returns, one.delta)) return undefined;
    return `gave ${JSON.stringify(result)?.slice(0, 400)}`;
  } catch (error) {
    if (!(error instanceof FurrowError)) throw error;
    if (one.throws === true || one.throws === error.code) return undefined;
    return `threw ${error.code}: ${error.message}`;
  }
}

describe('the test vectors of openeo-processes', { skip: spec === undefined && withoutSharedData }, () => {
  const cases = spec === undefined ? [] : readVectors(join(spec, 'openeo-processes', 'tests'));
  const implemented = cases.filter(({ process }) => processes.has(process));
  const repairOf = ({ process, index }: VectorCase) =>
    vectorRepairs.find((repair) => repair.process === process && repair.index === index);

  for (const [process, own] of Map.groupBy(implemented, (one) => one.process))
    test(`${process}: ${own.length} cases`, async () => {
      for (const one of own) {
        if (repairOf(one) !== undefined) continue;
        assert.equal(
          await failure(one),
          undefined,
          `case ${one.index}: ${JSON.stringify(one.args).slice(0, 300)}`,
        );
      }
    });

  test('cases that contradict the descriptions pass once repaired, and not before', async () => {
    for (const repair of vectorRepairs) {
      const one = implemented.find(
        ({ process, index }) => process === repair.process && index === repair.index,
      );
      assert.ok(one, `${repair.process} ${repair.index} is a case`);
      assert.notEqual(await failure(one), undefined, `${repair.process} ${repair.index} passes as it is`);
      if (repair.repair === undefined) continue;
      assert.equal(
        await failure(repair.repair(one)),
        undefined,
        `${repair.process} ${repair.index}: ${repair.reason}`,
      );
    }
  });

  test('every broken vector of an implemented process that the specification folder lists is known here', () => {
    if (spec === undefined) return;
    const listed = JSON.parse(readFileSync(join(spec, 'broken-vectors.json'), 'utf8')) as {
      vectors: { process: string; index: number }[];
    };
    for (const { process, index } of listed.vectors.filter((vector) => processes.has(vector.process)))
      assert.ok(
        vectorRepairs.some((repair) => repair.process === process && repair.index === index),
        `${process} ${index}`,
      );
  });

  test('most of the vectors are covered', (context) => {
    context.diagnostic(
      `${implemented.length} of ${cases.length} cases, ${vectorRepairs.length} of them broken`,
    );
    assert.ok(implemented.length >= 650);
  });
});

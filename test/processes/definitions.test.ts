import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { processes } from '../../src/processes/registry.ts';
import { sharedData, withoutSharedData } from '../support/shared-data.ts';

const folder = sharedData('spec', 'openeo-processes');

/** What the specification writes for people; everything else has to be the same. */
const forPeople = new Set(['title', 'description', 'examples']);

function functional(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(functional);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, entry]) => !(forPeople.has(key) && (typeof entry === 'string' || key === 'examples')))
      .map(([key, entry]) => [key, functional(entry)]),
  );
}

describe('process definitions', () => {
  for (const [id, { definition }] of processes) {
    test(`${id} has the names, types, defaults and exceptions of the specification`, {
      skip: folder === undefined && withoutSharedData,
    }, () => {
      const path = [join(folder ?? '', `${id}.json`), join(folder ?? '', 'proposals', `${id}.json`)].find(
        existsSync,
      );
      assert.ok(path, `${id} is a process of openEO`);
      const official = JSON.parse(readFileSync(path, 'utf8'));
      assert.deepEqual(functional(definition.parameters), functional(official.parameters));
      assert.deepEqual(functional(definition.returns), functional(official.returns));
      assert.deepEqual(
        Object.keys(definition.exceptions ?? {}).sort(),
        Object.keys(official.exceptions ?? {}).sort(),
      );
      assert.deepEqual(definition.categories, official.categories);
    });

    test(`${id} is described in words of our own`, () => {
      assert.ok(definition.summary.length > 5 && definition.description.length > 5);
      for (const parameter of definition.parameters)
        assert.ok(parameter.description.length > 5, parameter.name);
      if (folder === undefined) return;
      const path = [join(folder, `${id}.json`), join(folder, 'proposals', `${id}.json`)].find(existsSync);
      const official = path === undefined ? '' : readFileSync(path, 'utf8');
      for (const sentence of definition.description.split(/(?<=\.)\s/).filter((part) => part.length > 30))
        assert.ok(!official.includes(sentence), `'${sentence}' stands in the specification`);
    });
  }
});

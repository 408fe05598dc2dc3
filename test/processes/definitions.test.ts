import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { processes } from '../../src/processes/registry.ts';
import { functionalPart, officialDefinition } from '../support/functional-part.ts';
import { sharedData, withoutSharedData } from '../support/shared-data.ts';

const folder = sharedData('spec', 'openeo-processes');

describe('process definitions', () => {
  for (const [id, { definition }] of processes) {
    test(`${id} has the names, types, defaults and exceptions of the specification`, {
      skip: folder === undefined && withoutSharedData,
    }, () => {
      const text = officialDefinition(id);
      assert.ok(text, `${id} is a process of openEO`);
      const official = JSON.parse(text);
      assert.deepEqual(functionalPart(definition.parameters), functionalPart(official.parameters));
      assert.deepEqual(functionalPart(definition.returns), functionalPart(official.returns));
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
      const official = officialDefinition(id) ?? '';
      for (const sentence of definition.description.split(/(?<=\.)\s/).filter((part) => part.length > 30))
        assert.ok(!official.includes(sentence), `'${sentence}' stands in the specification`);
    });
  }
});

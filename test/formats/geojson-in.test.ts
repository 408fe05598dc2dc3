import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidFile } from '../../src/errors.ts';
import { geojsonFeatures } from '../../src/formats/geojson-in.ts';

interface Feature {
  readonly properties?: unknown;
  readonly id?: unknown;
}

interface Root extends Feature {
  readonly type?: unknown;
  readonly features?: readonly Feature[] | undefined;
}

const feature = (properties: string): string =>
  `{"type": "Feature", "id": "a", "properties": ${properties}, "geometry": null}`;

/** What ends and begins lists, objects and texts, inside of texts and as their own. */
const odd = [
  '{"a": "],[}{, \\" \\\\"}',
  '{"features": [1, {"features": [2]}], "ä🌾": "\\u005d"}',
  '{"n": -1.5e3, "t": true, "z": null, "e": {}, "l": []}',
];
const documents = [
  `{"type": "FeatureCollection", "name": "features", "features": [${odd.map(feature).join(' ,\n')}], "bbox": [1, 2]}`,
  `\ufeff { "more": {"features": [1]}, "features" :\t[ ${feature('{}')} ] , "type": "FeatureCollection"} `,
  `{"type": "FeatureCollection", "features": [${feature('{"first": 1}')}], "features": [${feature('{"last": 2}')}]}`,
  `{"type": "FeatureCollection", "f\\u0065atures": [${feature('{"escaped": 1}')}]}`,
  '{"type": "FeatureCollection", "features": [ ]}',
  feature('{"features": [1, 2]}'),
];

/** The attributes and ids of a text, as reading it in one call has them; undefined when it is no list of objects. */
function whole(bytes: Uint8Array): unknown {
  let root: Root | null;
  try {
    root = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
  if (typeof root !== 'object' || root === null || typeof root.type !== 'string') return undefined;
  const features: readonly Feature[] | undefined = root.type === 'FeatureCollection' ? root.features : [root];
  if (!Array.isArray(features)) return undefined;
  return features.map((one) => [one?.properties ?? {}, one?.id]);
}

async function parts(bytes: Uint8Array): Promise<unknown> {
  try {
    const { rows } = await geojsonFeatures(bytes, 'odd.geojson');
    return rows.map(({ attributes, id }) => [attributes, id]);
  } catch (error) {
    assert.ok(error instanceof InvalidFile, String(error));
    return undefined;
  }
}

test('features that are parsed one after another are those of the whole text', async () => {
  for (const text of documents) {
    const bytes = new TextEncoder().encode(text);
    assert.notEqual(whole(bytes), undefined);
    assert.deepEqual(await parts(bytes), whole(bytes), text);
  }
});

test('what is no JSON as a whole is none in parts, wherever it is cut or a sign is another', async () => {
  for (const text of documents) {
    const bytes = new TextEncoder().encode(text);
    for (let i = 0; i < bytes.length; i++) {
      assert.equal(
        (await parts(bytes.subarray(0, i))) === undefined,
        whole(bytes.subarray(0, i)) === undefined,
      );
      for (const sign of ',:[]{}"\\ 0\u0000\u00ff') {
        const changed = bytes.slice();
        changed[i] = sign.charCodeAt(0);
        const shown = `${text.slice(0, 80)}... with '${sign}' at ${i}`;
        assert.equal((await parts(changed)) === undefined, whole(changed) === undefined, shown);
      }
    }
  }
});

test('features of many bytes are told by their rows, to the last comma', async () => {
  const list = Array.from({ length: 3000 }, (_, i) => feature(`{"name": "field ${i}", "list": [${i}]}`));
  const collection = (features: string): Uint8Array =>
    new TextEncoder().encode(`{"type": "FeatureCollection", "features": [${features}]}`);
  const { rows } = await geojsonFeatures(collection(list.join()), 'many.geojson');
  assert.deepEqual(
    rows.map(({ attributes }) => attributes),
    list.map((_, i) => ({ name: `field ${i}`, list: [i] })),
  );
  for (let count = 2990; count < 3000; count++)
    await assert.rejects(geojsonFeatures(collection(`${list.slice(0, count).join()},`), 'ill'), InvalidFile);
  // So long that a part of the list ends with it.
  const padded = [feature(`{"long": "${'x'.repeat(70_000)}"}`), ''];
  await assert.rejects(geojsonFeatures(collection(padded.join()), 'ill'), /a comma is behind feature 1/);
});

test('a list of features is nothing but a list', async () => {
  const list = `[${feature('{}')}]`;
  for (const rest of ['e5', '.0', '0', '""', ',"features":0', ',"features":null', ',"features":"a"']) {
    const bytes = new TextEncoder().encode(`{"type": "FeatureCollection", "features": ${list}${rest}}`);
    assert.equal(whole(bytes), undefined);
    assert.equal(await parts(bytes), undefined, rest);
  }
  for (const features of ['0', 'null', '{}']) {
    const bytes = new TextEncoder().encode(`{"type": "FeatureCollection", "features": ${features}}`);
    await assert.rejects(geojsonFeatures(bytes, 'none'), /it has no type, or no list of features/);
  }
});

test('features are told apart where their texts and lists hold what looks like an end', async () => {
  const plain = feature('{"name": "field"}');
  const decoys = [
    feature(`{"text": ${JSON.stringify(plain.repeat(3))}}`),
    feature(`{"text": ${JSON.stringify(`},{"type": ]},${plain}`)}}`),
    feature(`{"list": [${plain},${plain}, ${plain}], "\\u0022": "\\\\"}`),
    '7',
    'null',
    `[${plain},${plain}]`,
  ];
  for (const separator of [',', ' ,\n ']) {
    for (const [i, decoy] of decoys.entries()) {
      for (const [before, behind] of [
        [700, 2000],
        [1500, 1],
        [0, 900],
      ]) {
        const list = [
          ...Array.from({ length: before ?? 0 }, () => plain),
          ...Array.from({ length: 1000 }, () => decoy),
          ...Array.from({ length: behind ?? 0 }, () => plain),
        ];
        const text = `{"type": "FeatureCollection", "features": [${list.join(separator)}]}`;
        const bytes = new TextEncoder().encode(text);
        assert.deepEqual(await parts(bytes), whole(bytes), `decoy ${i}`);
        for (const cut of [0.3, 0.6, 0.9])
          assert.equal(await parts(bytes.subarray(0, Math.floor(bytes.length * cut))), undefined);
        const ill = new TextEncoder().encode(text.replace(`${separator}${plain}]}`, `${separator}]}`));
        assert.equal(await parts(ill), undefined);
      }
    }
  }
});

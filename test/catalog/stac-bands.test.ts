import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { bandOf, findBand } from '../../src/catalog/band-name.ts';
import { type StatedBand, statedBands } from '../../src/catalog/stac-bands.ts';
import { BandNotFound } from '../../src/errors.ts';
import { sharedData, withoutSharedData } from '../support/shared-data.ts';

type Document = Record<string, unknown>;

const real = sharedData('data', 'stac-real');
const skip = real === undefined && withoutSharedData;

function itemOf(file: string): Document {
  const document = JSON.parse(readFileSync(`${real}/${file}`, 'utf8')) as Document;
  return document.type === 'FeatureCollection'
    ? ((document.features as Document[])[0] as Document)
    : document;
}

function band(bands: readonly StatedBand[], name: string): StatedBand {
  const found = findBand(bands, name);
  assert.ok(found !== undefined, `${name} among ${bands.map((one) => one.name).join(' ')}`);
  return found;
}

describe('bands of real STAC items', { skip }, () => {
  test('have unique names in every document of every version, and never a thumbnail', () => {
    const files =
      real === undefined
        ? []
        : readdirSync(real).filter((file) => file.endsWith('.json') && file !== 'index.json');
    assert.ok(files.length > 15);
    for (const file of files) {
      const item = itemOf(file);
      if (item.type !== 'Feature') continue;
      const bands = statedBands(item, file);
      assert.ok(bands.length > 0, file);
      assert.equal(new Set(bands.map(({ name }) => name)).size, bands.length, file);
      assert.ok(
        bands.every(({ assetKey }) => !/thumbnail|preview/.test(assetKey)),
        file,
      );
    }
  });

  test('of Earth Search (STAC 1.0) carry offset, grid, and the COG before the JPEG 2000', () => {
    const bands = statedBands(itemOf('geoengine__items__element84.json'), 'item');
    const red = band(bands, 'red');
    assert.deepEqual(
      [red.name, red.assetKey, red.dataType, red.nodata, red.scale, red.offset],
      ['B04', 'red', 'uint16', 0, 0.0001, -0.1],
    );
    assert.deepEqual(red.grid, {
      crs: 'EPSG:32630',
      transform: [10, 0, 399960, 0, -10, 6400020],
      width: 10980,
      height: 10980,
    });
    assert.match(band(bands, 'nir').href, /B08\.tif$/);
    assert.match(band(bands, 'SCL').href, /SCL\.tif$/);
    assert.equal(band(bands, 'visual.B04').commonName, undefined);
  });

  test('of CODE-DE (STAC 1.1) are the finest under their own name, the coarser under the asset key', () => {
    const bands = statedBands(itemOf('geoengine__items__code-de.json'), 'item');
    assert.equal(band(bands, 'B04').assetKey, 'B04_10m');
    assert.equal(band(bands, 'B04_20m').grid?.width, 5490);
    assert.deepEqual([band(bands, 'red').offset, band(bands, 'scl').assetKey], [-0.1, 'SCL_20m']);
  });

  test('of STAC 0.8, whose band names stand in the collection, go by their assets', () => {
    const bands = statedBands(itemOf('pystac__examples__sentinel2-sample.json'), 'item');
    assert.equal(band(bands, 'B02').name, 'B02_10m');
    assert.equal(band(bands, 'scl').assetKey, 'SCL_20m');
    const listed = { 'eo:bands': [{ name: 'B01' }, { name: 'B02', common_name: 'blue' }] };
    const [second] = statedBands(
      { properties: listed, assets: { b: { href: 'b.jp2', 'eo:bands': [1] } } },
      'item',
    );
    assert.deepEqual([second?.name, second?.commonName], ['B02', 'blue']);
  });

  test('of a picture are told apart by number and never taken for reflectance', () => {
    const bands = statedBands(itemOf('stac-spec__examples__extended-item.json'), 'item');
    assert.deepEqual(
      bands
        .filter(({ assetKey }) => assetKey === 'visual')
        .map(({ name, bandIndex, commonName }) => [name, bandIndex, commonName]),
      [
        ['visual.band3', 0, undefined],
        ['visual.band2', 1, undefined],
        ['visual.band1', 2, undefined],
      ],
    );
  });
});

describe('a band is found', () => {
  const bands = [
    { name: 'B04', commonName: 'red' },
    { name: 'B8A', commonName: 'nir08' },
    { name: 'B05', commonName: 'rededge071' },
    { name: 'SCL', commonName: 'scl' },
  ];

  test('by name, by common name, and by what steps in for it, in any case', () => {
    for (const [wanted, name] of Object.entries({
      B04: 'B04',
      b04: 'B04',
      RED: 'B04',
      nir: 'B8A',
      rededge: 'B05',
      Scl: 'SCL',
    }))
      assert.equal(findBand(bands, wanted)?.name, name, wanted);
    assert.equal(findBand([...bands, { name: 'B08', commonName: 'nir' }], 'nir')?.name, 'B08');
    assert.equal(findBand(bands, 'blue'), undefined);
  });

  test('or the error names what there is', () => {
    assert.throws(
      () => bandOf({ id: 'x', bands: [] }, 'red'),
      (error) => error instanceof BandNotFound && /none/.test(error.message),
    );
  });
});

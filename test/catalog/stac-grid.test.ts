import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { stacGrid } from '../../src/catalog/stac-grid.ts';

const placed = { 'proj:shape': [20, 10], 'proj:transform': [10, 0, 500000, 0, -10, 5000000] };

describe('the grid that a STAC item states', () => {
  test('a code that we know wins over the definition beside it', () => {
    const grid = stacGrid({ ...placed, 'proj:code': 'EPSG:32632', 'proj:wkt2': 'PROJCRS["other"]' }, {}, 'x');
    assert.deepEqual(grid, {
      crs: 'EPSG:32632',
      width: 10,
      height: 20,
      transform: placed['proj:transform'],
    });
  });

  test('a code that we do not know gives way to WKT2, then to PROJJSON', () => {
    const code = { ...placed, 'proj:code': 'EPSG:99001' };
    const projjson = { type: 'ProjectedCRS', name: 'own' };
    assert.equal(stacGrid({ ...code, 'proj:wkt2': 'PROJCRS["own"]' }, {}, 'x')?.crs, 'PROJCRS["own"]');
    assert.equal(stacGrid({ ...code, 'proj:projjson': projjson }, {}, 'x')?.crs, JSON.stringify(projjson));
    assert.equal(stacGrid(code, {}, 'x')?.crs, 'EPSG:99001');
  });

  test('a transform of the item does not place an asset of another shape', () => {
    assert.equal(
      stacGrid(
        { 'proj:shape': [2, 1] },
        { 'proj:epsg': 32632, 'proj:transform': placed['proj:transform'] },
        'x',
      ),
      undefined,
    );
  });
});

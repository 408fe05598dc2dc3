import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gmlGeoreference } from '../../src/raster/jp2-georeference.ts';

const grid = (srs: string, origin: string, row: string, column: string): string =>
  `<gml:FeatureCollection><gml:RectifiedGrid dimension="2"><gml:limits><gml:GridEnvelope><gml:low>1 1</gml:low></gml:GridEnvelope></gml:limits>
<gml:origin><gml:Point gml:id="P0001" srsName="${srs}"><gml:pos>${origin}</gml:pos></gml:Point></gml:origin>
<gml:offsetVector srsName="${srs}">${row}</gml:offsetVector><gml:offsetVector>${column}</gml:offsetVector></gml:RectifiedGrid></gml:FeatureCollection>`;

test('the origin of a rectified grid is the centre of its first pixel', () => {
  assert.deepEqual(gmlGeoreference(grid('urn:ogc:def:crs:EPSG::32632', '300005 4999995', '10 0', '0 -10')), {
    crs: 'EPSG:32632',
    transform: [10, 0, 300000, 0, -10, 5000000],
  });
});

test('latitude comes first where the name of the system says so', () => {
  const transform = [0.5, 0, 5, 0, -0.25, 50];
  assert.deepEqual(gmlGeoreference(grid('urn:ogc:def:crs:EPSG::4326', '49.875 5.25', '0 0.5', '-0.25 0')), {
    crs: 'EPSG:4326',
    transform,
  });
  assert.deepEqual(
    gmlGeoreference(grid('EPSG:4326', '5.25 49.875', '0.5 0', '0 -0.25')).transform,
    transform,
  );
});

test('GML without a grid, and with one that is flat or no number, has no transform', () => {
  for (const gml of [
    '<gml:Envelope/>',
    grid('EPSG:32632', 'here there', '10 0', '0 -10'),
    grid('EPSG:32632', '1 2', '10 0', '20 0'),
    '<RectifiedGrid>',
  ])
    assert.equal(gmlGeoreference(gml).transform, undefined);
});

test('a text made to be slow is read in one pass', () => {
  const begin = performance.now();
  for (const text of [
    '<gml:RectifiedGrid ',
    '<RectifiedGrid srsName="',
    'srsName ',
    '<a',
    '<gml:origin><pos ',
  ])
    gmlGeoreference(`<gml:RectifiedGrid>${text.repeat(200_000)}`);
  assert.ok(performance.now() - begin < 5_000);
});

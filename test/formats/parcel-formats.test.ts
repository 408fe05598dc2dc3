import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { inspect, promisify } from 'node:util';
import { unzipSync } from 'fflate';
import { Cancelled, FormatUnsupported, FurrowError, InvalidArgument, InvalidFile } from '../../src/errors.ts';
import { readParcels } from '../../src/formats/read-parcels.ts';
import { saveParcelsFile } from '../../src/formats/save-parcels-file.ts';
import { polygonsOf } from '../../src/geometry/area.ts';
import { crsName, transformArea } from '../../src/geometry/crs.ts';
import type { Area, Ring } from '../../src/geometry/polygon.ts';
import type { Parcel, ParcelSet } from '../../src/parcels/parcel.ts';
import { type ScratchPostgres, startPostgres, withoutPostgres } from '../store/scratch-postgres.ts';
import { testPython, withoutTestPython } from '../support/venv.ts';

const run = promisify(execFile);
const python = testPython();
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'furrow-parcels-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const square = (x: number, y: number, side: number): Ring => [
  [x, y],
  [x, y + side],
  [x + side, y + side],
  [x + side, y],
  [x, y],
];
const parcel = (pid: number, geometry: Area, attributes: Record<string, unknown>, crop?: string): Parcel => ({
  pid,
  label: `field ${pid}`,
  crop,
  area: 1,
  geometry,
  attributes,
});

/** A hole, two parts (one with a hole of its own), and attributes of every kind, with what breaks quotes and encodings. */
const set: ParcelSet = {
  name: 'own "fields"',
  crs: 'EPSG:32632',
  parcels: [
    parcel(
      7,
      {
        type: 'Polygon',
        coordinates: [square(500_000, 5_200_000, 100), square(500_030, 5_200_030, 20).toReversed()],
      },
      {
        farm: "Müller & Søn's; «ö»",
        trees: 12,
        slope: 0.1 + 0.2,
        organic: true,
        note: null,
        a_long_name_one: 1,
        a_long_name_two: 2,
      },
      'wheat',
    ),
    parcel(
      9,
      {
        type: 'MultiPolygon',
        coordinates: [
          [square(500_200, 5_200_000, 50), square(500_210, 5_200_010, 5).toReversed()],
          [square(500_300, 5_200_000, 50)],
        ],
      },
      {
        farm: null,
        trees: -3,
        slope: 1e-12,
        organic: false,
        note: 'x'.repeat(300),
        a_long_name_one: 3,
        a_long_name_two: 4,
      },
    ),
  ],
};

/** Rings from the same vertex in one direction, so that writers may begin elsewhere and wind as they must. */
function normal(area: Area): string[] {
  return polygonsOf(area)
    .flatMap((rings, part) =>
      rings.map((ring, i) => {
        const points = ring.slice(1).map(([x, y]) => `${x.toFixed(9)} ${y.toFixed(9)}`);
        return `${i === 0 ? 'outer' : 'hole'} ${part >= 0 ? points.sort().join(', ') : ''}`;
      }),
    )
    .sort();
}

const expected = set.parcels.map(({ geometry }) => normal(transformArea(geometry, set.crs, 'EPSG:4326')));

describe('parcels that are written', () => {
  for (const ending of ['geojson', 'gpkg', 'parquet', 'zip'])
    test(`${ending}: come back with geometry and attributes`, async () => {
      const path = join(folder, `back.${ending}`);
      await saveParcelsFile(set, path);
      const back = await readParcels(path);
      assert.deepEqual(back.problems, []);
      assert.deepEqual(
        back.parcels.map(({ pid, label, crop }) => [pid, label, crop]),
        [
          [7, 'field 7', 'wheat'],
          [9, 'field 9', undefined],
        ],
      );
      assert.deepEqual(
        back.parcels.map(({ geometry }) => normal(transformArea(geometry, back.crs, 'EPSG:4326'))),
        expected,
      );
      const [one, two] = back.parcels.map(({ attributes }) => attributes);
      assert.equal(one?.farm, "Müller & Søn's; «ö»");
      assert.equal(two?.farm, null);
      assert.deepEqual([one?.trees, two?.trees], [12, -3]);
      assert.deepEqual([one?.slope, two?.slope], [0.1 + 0.2, 1e-12]);
      assert.deepEqual(ending === 'gpkg' ? [1, 0] : [true, false], [one?.organic, two?.organic]);
      assert.equal(two?.note, ending === 'zip' ? 'x'.repeat(254) : 'x'.repeat(300));
      const long = ending === 'zip' ? ['a_long_nam', 'a_long_na2'] : ['a_long_name_one', 'a_long_name_two'];
      assert.deepEqual(
        long.map((name) => two?.[name]),
        [3, 4],
      );
    });

  test('are what GDAL reads, too', { skip: python === undefined && withoutTestPython }, async () => {
    for (const ending of ['gpkg', 'zip', 'geojson'])
      await saveParcelsFile(set, join(folder, `gdal.${ending}`));
    const script = `
import json, sys, shapely, pyogrio
for ending in ['gpkg', 'zip', 'geojson']:
    meta, fids, wkb, fields = pyogrio.raw.read(sys.argv[1] + '/gdal.' + ending, return_fids=True)
    shapes = shapely.from_wkb(wkb)
    values = dict(zip(meta['fields'], [f.tolist() for f in fields]))
    print(json.dumps({'ending': ending, 'crs': meta['crs'], 'valid': bool(shapely.is_valid(shapes).all()),
        'areas': (shapely.area(shapes) * 1e9).tolist(), 'farm': values['farm'], 'trees': values['trees'], 'pid': values.get('pid', fids.tolist())}))
`;
    const { stdout } = await run(python ?? '', ['-c', script, folder]);
    const answers = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.equal(answers.length, 3);
    const areasOfFirst = answers[0]?.areas as number[];
    for (const { ending, crs, valid, areas, farm, trees, pid } of answers) {
      assert.equal(crs, 'EPSG:4326', String(ending));
      assert.ok(valid);
      for (const [i, area] of (areas as number[]).entries())
        assert.ok(Math.abs(area - (areasOfFirst[i] ?? 0)) < 1e-6);
      assert.deepEqual(
        [farm, trees, pid],
        [
          ["Müller & Søn's; «ö»", null],
          [12, -3],
          [7, 9],
        ],
      );
    }
  });

  test('go to a folder that a file names, or nowhere', async () => {
    await assert.rejects(saveParcelsFile(set, join(folder, 'x.shp')), FormatUnsupported);
    await assert.rejects(saveParcelsFile(set, join(folder, 'x.dxf')), FormatUnsupported);
    await assert.rejects(saveParcelsFile(set, ' '), InvalidArgument);
  });
});

describe('shapefiles of others', () => {
  const script = `
import sys, numpy as np, shapely, pyogrio
folder = sys.argv[1]
box = lambda x, y, s: shapely.box(x, y, x + s, y + s)
shapes = [box(2600000, 1200000, 100) - box(2600020, 1200020, 10), shapely.MultiPolygon([box(2600200, 1200000, 50), box(2600300, 1200000, 50) - box(2600310, 1200010, 5)])]
for name, encoding in [('utf', 'UTF-8'), ('latin', 'ISO-8859-1')]:
    pyogrio.raw.write(f'{folder}/{name}.shp', geometry=shapely.to_wkb(np.array(shapes)), field_data=[np.array(['Bärtschi', 'Ölhof'], dtype=object), np.array([1.5, np.nan]), np.array([11, 12], dtype='int32')],
        fields=np.array(['name', 'share', 'code'], dtype=object), geometry_type='Polygon', crs='EPSG:2056', driver='ESRI Shapefile', encoding=encoding)
`;
  before(async () => {
    if (python !== undefined) await run(python, ['-c', script, folder]);
  });

  for (const name of ['utf', 'latin'])
    test(`of GDAL (${name}) are read with system, letters and holes`, {
      skip: python === undefined && withoutTestPython,
    }, async () => {
      const { crs, parcels, problems, notes } = await readParcels(join(folder, `${name}.shp`));
      assert.equal(crs, 'EPSG:2056');
      assert.deepEqual([problems, notes], [[], []]);
      assert.deepEqual(
        parcels.map(({ label, area, attributes }) => [
          label,
          Math.round(area * 1e4),
          attributes.share,
          attributes.code,
        ]),
        [
          ['Bärtschi', 9900, 1.5, 11],
          ['Ölhof', 4975, null, 12],
        ],
      );
      assert.equal(parcels[1]?.geometry.type, 'MultiPolygon');
    });

  test('need a system that somebody states', {
    skip: python === undefined && withoutTestPython,
  }, async () => {
    await rm(join(folder, 'latin.prj'));
    await assert.rejects(readParcels(join(folder, 'latin.shp')), /no \.prj/);
    const { crs } = await readParcels(join(folder, 'latin.shp'), { crs: 'EPSG:2056' });
    assert.equal(crs, 'EPSG:2056');
  });

  test('cut anywhere, or with bytes changed, are read or refused by a typed error', async () => {
    const path = join(folder, 'whole.zip');
    await saveParcelsFile(set, path);
    const parts = unzipSync(await readFile(path));
    const name = Object.keys(parts)
      .find((part) => part.endsWith('.shp'))
      ?.slice(0, -4);
    for (let i = 0; i < 120; i++) {
      const ending = i % 2 === 0 ? 'shp' : 'dbf';
      for (const other of ['shp', 'dbf', 'prj', 'cpg'])
        await writeFile(join(folder, `hurt.${other}`), parts[`${name}.${other}`] ?? '');
      const bytes = Buffer.from(parts[`${name}.${ending}`] ?? '');
      if (i % 3 === 0)
        await writeFile(join(folder, `hurt.${ending}`), bytes.subarray(0, (bytes.length * i) / 120));
      else {
        for (let k = 0; k < 4; k++) bytes[(i * 7919 + k * 104_729) % bytes.length] = (i * 31 + k * 17) % 256;
        await writeFile(join(folder, `hurt.${ending}`), bytes);
      }
      await readParcels(join(folder, 'hurt.shp')).then(
        ({ parcels }) => assert.ok(parcels.length > 0),
        (error: unknown) => assert.ok(error instanceof FurrowError, String(error)),
      );
    }
  });
});

test('attributes may have the names of what every object has', async () => {
  const [first, second] = set.parcels as [Parcel, Parcel];
  const named = {
    ...set,
    parcels: [{ ...first, attributes: { constructor: 'x', ['__proto__']: 'y' } }, second],
  };
  const path = join(folder, 'named.gpkg');
  await saveParcelsFile(named, path);
  const { parcels } = await readParcels(path);
  const attributes = Object.entries(parcels[0]?.attributes ?? {}).filter(([, value]) => value !== null);
  assert.deepEqual(attributes.slice(-2), [
    ['constructor', 'x'],
    ['__proto__', 'y'],
  ]);
  assert.equal(parcels[1]?.attributes.constructor, null);
});

test('attributes that differ in case only go into a GeoPackage; a name that SQLite keeps is refused', async () => {
  const [first] = set.parcels as [Parcel, Parcel];
  const parcels = [{ ...first, attributes: { Farm: 'a', farm: 'b' } }];
  const path = join(folder, 'case.gpkg');
  await saveParcelsFile({ ...set, parcels }, path);
  const { attributes } = (await readParcels(path)).parcels[0] as Parcel;
  assert.deepEqual([attributes.Farm, attributes.farm_2], ['a', 'b']);
  await assert.rejects(saveParcelsFile({ ...set, parcels, name: 'sqlite_x' }, path), InvalidArgument);
});

describe('what is noteworthy of parcels', () => {
  const written = async (features: readonly object[]): Promise<string> => {
    const path = join(folder, 'noted.geojson');
    await writeFile(path, JSON.stringify({ type: 'FeatureCollection', features }));
    return path;
  };
  const feature = (ring: Ring, properties: object) => ({
    type: 'Feature',
    properties,
    geometry: { type: 'Polygon', coordinates: [ring] },
  });
  const bow: Ring = [
    [1, 1],
    [2, 2],
    [2, 1],
    [1, 2],
    [1, 1],
  ];

  test('crossing boundaries are told, the parcel stays', async () => {
    const { parcels, notes } = await readParcels(
      await written([feature(square(1, 1, 1), {}), feature(bow, {})]),
    );
    assert.equal(parcels.length, 2);
    assert.deepEqual(
      notes.map(({ count, rows }) => [count, rows]),
      [[1, [2]]],
    );
    assert.match(notes[0]?.reason ?? '', /row 2: its boundary crosses itself/);
  });

  test('numbers and labels that occur twice are told, with the first place', async () => {
    const { parcels, notes } = await readParcels(
      await written([
        feature(square(1, 1, 1), { pid: 4, label: 'a' }),
        feature(square(3, 1, 1), { pid: 4, label: 'a' }),
      ]),
    );
    assert.deepEqual(
      parcels.map(({ pid }) => pid),
      [1, 2],
    );
    assert.match(notes[0]?.reason ?? '', /'pid' cannot number.*row 2: 4 also stands in row 1/);
    assert.match(notes[1]?.reason ?? '', /labels occur twice.*'a', as parcel 1/);
  });

  test('rows count all features, those that were left out too', async () => {
    const point = { type: 'Feature', properties: {}, geometry: { type: 'Point', coordinates: [1, 1] } };
    const { notes } = await readParcels(
      await written([
        point,
        feature(square(1, 1, 1), { label: 'a' }),
        feature(bow, { label: 'b' }),
        feature(square(3, 1, 1), { label: 'a' }),
      ]),
    );
    assert.deepEqual(
      notes.map(({ reason, rows }) => [reason.slice(0, 6), rows]),
      [
        ['the po', [3]],
        ['labels', [4]],
      ],
    );
  });

  test('coordinates that the system does not have are left out, or refuse the file', async () => {
    const metres = feature(square(600_000, 5_800_000, 100), {});
    const { parcels, problems } = await readParcels(await written([feature(square(1, 1, 1), {}), metres]));
    assert.equal(parcels.length, 1);
    assert.match(problems[0]?.reason ?? '', /row 2: \(600000, 5800000\) is no place in OGC:CRS84/);
    await assert.rejects(readParcels(await written([metres])), InvalidFile);
  });
});

describe('tables of PostGIS', { skip: withoutPostgres ?? false }, () => {
  let server: ScratchPostgres;
  let database: string;
  let address: string;
  before(async () => {
    server = await startPostgres();
    database = await server.createDatabase();
    await server.psql(database, 'create extension postgis');
    address = server.url(database);
  });
  after(() => server?.stop());

  test('take parcels and give them back; a table that is there stays', async () => {
    await saveParcelsFile(set, address, { layer: 'public.Own "fields"' });
    const back = await readParcels(address);
    assert.equal(back.crs, 'EPSG:4326');
    assert.deepEqual(
      back.parcels.map(({ pid, label, crop, attributes }) => [
        pid,
        label,
        crop,
        attributes.farm,
        attributes.organic,
      ]),
      [
        [7, 'field 7', 'wheat', "Müller & Søn's; «ö»", true],
        [9, 'field 9', undefined, null, false],
      ],
    );
    assert.deepEqual(
      back.parcels.map(({ geometry }) => normal(geometry)),
      expected,
    );
    await assert.rejects(saveParcelsFile(set, address, { layer: 'Own "fields"' }), /already/);
  });

  test('that are not there are refused with those that are', async () => {
    await saveParcelsFile(set, address, { layer: 'first' });
    await assert.rejects(readParcels(address, { layer: 'nothing' }), /public\.first/);
    await assert.rejects(readParcels(address), /name one as layer/);
    assert.equal((await readParcels(address, { layer: 'first' })).parcels.length, 2);
  });

  test('keep types of columns, the day of dates, and give the set its name', async () => {
    await server.psql(
      database,
      `create table typed as select ST_MakeEnvelope(1, 1, 2, 2, 4326) as geom, '12'::text as code, date '2026-05-01' as sown,
        timestamp '2026-05-01 06:30' as at, 5000000000::bigint as big, 1.25::numeric as price, 3::int as "__proto__"`,
    );
    const { name, parcels } = await readParcels(address, { layer: 'public.typed' });
    assert.equal(name, 'typed');
    assert.deepEqual(
      Object.entries(parcels[0]?.attributes ?? {}),
      Object.entries({
        code: '12',
        sown: '2026-05-01',
        at: '2026-05-01 06:30:00',
        big: 5_000_000_000,
        price: 1.25,
        ['__proto__']: 3,
      }),
    );
  });

  test('are not asked once the work is cancelled, nor at an address that is none', async () => {
    await assert.rejects(readParcels(address, { signal: AbortSignal.abort() }), Cancelled);
    await assert.rejects(
      readParcels('postgres://me:secret@localhost:99999/db'),
      (error: unknown) => error instanceof InvalidArgument && !inspect(error).includes('secret'),
    );
  });
});

test("ESRI's names of systems are those of EPSG", {
  skip: python === undefined && withoutTestPython,
}, async () => {
  const codes = [
    4326, 4258, 3035, 32601, 32760, 25832, 2056, 21781, 31370, 28992, 5514, 8353, 27700, 31287, 2169, 23700,
    2100, 3844, 31466, 31469,
  ];
  const script = `
import json, sys
from pyproj import CRS
print(json.dumps([CRS.from_epsg(code).to_wkt('WKT1_ESRI') for code in json.loads(sys.argv[1])]))
`;
  const { stdout } = await run(python ?? '', ['-c', script, JSON.stringify(codes)]);
  assert.deepEqual(
    (JSON.parse(stdout) as string[]).map(crsName),
    codes.map((code) => `EPSG:${code}`),
  );
});

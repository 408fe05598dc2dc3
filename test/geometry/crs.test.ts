import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { CrsUnknown } from '../../src/errors.ts';
import {
  crsName,
  isGeographic,
  metresPerUnit,
  sameCrs,
  transformArea,
  transformBBox,
  transformer,
  utmZone,
} from '../../src/geometry/crs.ts';
import { epsgCodes, epsgText } from '../../src/geometry/crs-table.ts';
import { testPython, withoutTestPython } from '../support/venv.ts';

/** PROJ's answer for the middle of each system's area of use; the easting of a UTM zone, say, is far from any corner. */
const askProj = `
import json, sys
from pyproj import CRS, Transformer
out = []
for code in json.load(sys.stdin):
    crs = CRS.from_epsg(code)
    a = crs.area_of_use
    x, y = (a.west + a.east) / 2 + 0.3, (a.south + a.north) / 2 + 0.2
    if abs(a.east - a.west) > 300: x, y = 10.3, 50.2
    if code in (5070, 4269): x, y = -96.7, 41.3
    if code == 2193: x, y = 173.3, -41.2
    # Only the projection: the shift of datum depends on the grids that a PROJ installation has.
    t = Transformer.from_crs(crs.geodetic_crs, crs, always_xy=True)
    out.append([code, x, y, *t.transform(x, y)])
print(json.dumps(out))
`;

/** The same systems as their definitions say them, without their codes, and where PROJ puts a place in them. */
const askDefinitions = `
import json, re, sys
from pyproj import CRS, Transformer
out = []
for code in json.load(sys.stdin):
    crs = CRS.from_epsg(code)
    a = crs.area_of_use
    x, y = (a.west + a.east) / 2 + 0.3, (a.south + a.north) / 2 + 0.2
    if abs(a.east - a.west) > 300: x, y = 10.3, -80 if code == 3031 else 50.2
    projjson = crs.to_json_dict()
    projjson.pop('id')
    wkt2 = re.sub(r',ID\\["EPSG",%d\\]\\]$' % code, ']', crs.to_wkt('WKT2_2019').strip())
    assert not wkt2.endswith('%d]]' % code)
    out.append(dict(code=code, texts=[json.dumps(projjson), wkt2], lon=x, lat=y,
        **dict(zip('xy', Transformer.from_crs('OGC:CRS84', crs, always_xy=True, allow_ballpark=False).transform(x, y)))))
print(json.dumps(out))
`;

interface Described {
  readonly code: number;
  readonly texts: readonly string[];
  readonly lon: number;
  readonly lat: number;
  readonly x: number;
  readonly y: number;
}

describe('coordinate reference systems', () => {
  test('every EPSG code of the table projects as PROJ does', {
    skip: testPython() === undefined && withoutTestPython,
  }, () => {
    const { stdout, stderr } = spawnSync(testPython() as string, ['-c', askProj], {
      input: JSON.stringify(epsgCodes()),
      encoding: 'utf8',
    });
    assert.notEqual(stdout, '', stderr);
    const answers = JSON.parse(stdout) as [code: number, lon: number, lat: number, x: number, y: number][];
    assert.equal(answers.length, epsgCodes().length);
    const wrong = answers.filter(([code, lon, lat, x, y]) => {
      const [u, v] = projectOnly(code)(lon, lat);
      return Math.hypot(u - x, v - y) > (isGeographic(`EPSG:${code}`) ? 1e-9 : 0.001);
    });
    assert.deepEqual(wrong, []);
  });

  test('datum shifts of national grids bring known places within five metres', () => {
    // Published pairs: swisstopo's Bern observatory, the Dutch Amersfoort tower, the Ordnance Survey's Caister water tower.
    const places: [string, number, number, number, number][] = [
      ['EPSG:2056', 7.438632495, 46.951082877, 2600000, 1200000],
      ['EPSG:21781', 7.438632495, 46.951082877, 600000, 200000],
      ['EPSG:28992', 5.387206, 52.155174, 155000, 463000],
      ['EPSG:27700', 1.716073973, 52.658007833, 651409.903, 313177.27],
    ];
    for (const [crs, lon, lat, x, y] of places) {
      const [u, v] = transformer('OGC:CRS84', crs)(lon, lat);
      assert.ok(Math.hypot(u - x, v - y) < 5, `${crs}: ${u}, ${v} instead of ${x}, ${y}`);
    }
  });

  test('names are one whatever the notation', () => {
    for (const text of [
      'EPSG:32632',
      'epsg:32632',
      '32632',
      'urn:ogc:def:crs:EPSG::32632',
      'urn:ogc:def:crs:EPSG:9.8:32632',
      'http://www.opengis.net/def/crs/EPSG/0/32632',
      'EPSG:32632+5773',
    ])
      assert.equal(crsName(text), 'EPSG:32632');
    for (const text of [
      'OGC:CRS84',
      'urn:ogc:def:crs:OGC:1.3:CRS84',
      'http://www.opengis.net/def/crs/OGC/1.3/CRS84',
    ])
      assert.equal(crsName(text), 'OGC:CRS84');
    assert.equal(crsName({ type: 'ProjectedCRS', id: { authority: 'EPSG', code: 32631 } }), 'EPSG:32631');
    assert.ok(sameCrs('OGC:CRS84', 'urn:ogc:def:crs:EPSG::4326'));
    assert.ok(!sameCrs('EPSG:32632', 'EPSG:32633'));
  });

  test('WKT without an authority and PROJ texts are taken as they are', () => {
    const wkt =
      'PROJCS["own",GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",9],PARAMETER["scale_factor",0.9996],PARAMETER["false_easting",500000],PARAMETER["false_northing",0],UNIT["metre",1]]';
    const [x, y] = transformer('OGC:CRS84', 'EPSG:32632')(8.9, 47.5);
    for (const text of [wkt, '+proj=tmerc +lon_0=9 +k=0.9996 +x_0=500000 +datum=WGS84']) {
      const [u, v] = transformer('OGC:CRS84', text)(8.9, 47.5);
      assert.ok(Math.hypot(u - x, v - y) < 1e-6);
    }
    assert.equal(metresPerUnit('+proj=utm +zone=32 +units=us-ft'), 1200 / 3937);
  });

  test('WKT2 and PROJJSON without a code are the system that they describe', {
    skip: testPython() === undefined && withoutTestPython,
  }, () => {
    const codes = [
      32631, 32719, 3035, 3857, 2154, 28992, 31370, 2056, 25832, 5514, 27700, 3006, 2180, 2193, 5070, 3031,
    ];
    const { stdout, stderr } = spawnSync(testPython() as string, ['-c', askDefinitions], {
      input: JSON.stringify(codes),
      encoding: 'utf8',
    });
    assert.notEqual(stdout, '', stderr);
    for (const { code, texts, lon, lat, x, y } of JSON.parse(stdout) as Described[])
      for (const text of [`EPSG:${code}`, ...texts]) {
        const [u, v] = transformer('OGC:CRS84', text)(lon, lat);
        // The metre is what datum shifts without grids are good to.
        assert.ok(Math.hypot(u - x, v - y) < 1, `${code}, ${text.slice(0, 60)}: ${u}, ${v} for ${x}, ${y}`);
      }
  });

  test('an unknown CRS is refused with what to do', () => {
    for (const text of ['EPSG:999999', 'nonsense', 'EPSG:']) {
      assert.throws(() => transformer('OGC:CRS84', text), CrsUnknown);
      assert.throws(() => transformer(text, text), /PROJ text/);
    }
    assert.throws(() => transformer('OGC:CRS84', 'PROJCS["half'), CrsUnknown);
  });

  test('areas and boxes go there and back', () => {
    const ring = [
      [9.0, 47.0],
      [9.1, 47.0],
      [9.1, 47.1],
      [9.0, 47.0],
    ] as const;
    const there = transformArea({ type: 'Polygon', coordinates: [ring] }, 'OGC:CRS84', 'EPSG:32632');
    const back = transformArea(there, 'EPSG:32632', 'EPSG:4326');
    for (const [i, [lon, lat]] of ring.entries()) {
      const [u, v] = (back.coordinates[0] as [number, number][])[i] ?? [NaN, NaN];
      assert.ok(Math.abs(u - lon) < 1e-10 && Math.abs(v - lat) < 1e-10);
    }
    // The top edge of a box north of the equator bulges northwards in UTM: corners alone would cut it off.
    const box = transformBBox([6, 60, 12, 61], 'OGC:CRS84', 'EPSG:32632');
    const [, corner] = transformer('OGC:CRS84', 'EPSG:32632')(9, 60);
    assert.ok(box[1] <= corner);
    assert.equal(utmZone(8.9, 47.5), 'EPSG:32632');
    assert.equal(utmZone(-70, -33), 'EPSG:32719');
  });
});

/** The projection of a code without its shift of datum: from longitude and latitude on its own ellipsoid. */
function projectOnly(code: number): (lon: number, lat: number) => [number, number] {
  const text = (epsgText(code) ?? '').replace(/ \+towgs84=\S+/, '');
  if (code === 3857) return transformer('EPSG:4326', text);
  const ellipsoid = text.split(' ').filter((part) => /^\+(ellps|datum)=/.test(part));
  return transformer(`+proj=longlat ${ellipsoid.join(' ')}`, text);
}

import { saveParcels } from '../../../src/store/save-parcels.ts';
import type { Store } from '../../../src/store/store.ts';
import { storeFor } from '../../../src/store/store-for.ts';
import type { House } from './house.ts';
import type { Tally } from './tally.ts';
import type { Tenant } from './tenants.ts';
import { asTenant } from './things.ts';

export interface OddNamesTrial {
  readonly house: House;
  /** Who makes them and shows them to everybody. */
  readonly maker: Tenant;
  readonly reader: Tenant;
  readonly tally: Tally;
}

const script = '"><script>alert(1)</script>';
const names = [
  '__proto__',
  'constructor',
  'toString',
  script,
  "'; drop table furrow.parcel; --",
  '{{7*7}}',
  '../../etc/passwd',
  'a\r\nX-Injected: 1',
  '=1+1',
  '\u202eevil',
  'ä/ö?ü#&=',
];

/**
 * Somebody calls datasets, areas, parcels and crops by names that mean something to a browser, a spreadsheet, a header or the language
 * itself, and shows them to all: every other caller's answers stay whole.
 */
export async function tryOddNames({ house, maker, reader, tally }: OddNamesTrial): Promise<void> {
  const own = storeFor(house.service, maker.name);
  for (const name of names) await publish(own, name);
  const { lon, lat } = house.place;
  const paths = names.flatMap((name) => {
    const coded = encodeURIComponent(name);
    const dataset = encodeURIComponent(datasetName(name));
    const area = `aoi=${coded}&year=2026&pid=${coded}`;
    return [
      `/parcels/${dataset}`,
      `/parcels/${dataset}/items`,
      `/parcels/${dataset}/1`,
      `/parcels/${dataset}/1/series?index=${coded}`,
      `/tiles/parcels/${dataset}/tile.json`,
      `/query/info?aoi=${coded}`,
      `/query/parcelByID?${area}`,
      `/query/parcelByLocation?aoi=${coded}&year=2026&lon=${lon}&lat=${lat}`,
      `/query/parcelTimeSeries?${area}&tsformat=csv`,
      `/query/parcelTimeSeries?${area}&band=${coded}`,
      `/query/weatherTimeSeries?${area}&tsformat=csv`,
      `/query/chipsByParcelID?${area}&start_date=2026-03-01&end_date=2026-06-01`,
      `/query/chipsByLocation?lon=${lon}&lat=${lat}&start_date=2026-03-01&end_date=2026-06-01&bands=${coded}`,
      `/query/backgroundByParcelID?${area}&tms=${coded}`,
      `/tiles/images/demo/${coded}/tile.json?style=${coded}&colors=${coded.slice(0, 40)}`,
    ];
  });
  for (const path of ['/parcels', '/query/info', '/metrics', '/', ...paths]) {
    const answer = await asTenant(house, reader, 'GET', path);
    const text = await answer.text();
    const type = answer.headers.get('content-type') ?? '';
    const wrong =
      answer.status >= 500
        ? `${answer.status}: ${text.slice(0, 150)}`
        : type.includes('html') && text.includes(script)
          ? 'markup of somebody is in the page'
          : answer.headers.has('x-injected')
            ? 'a header was injected'
            : type.includes('csv') && /(^|,)"?=1\+1/m.test(text)
              ? 'a formula is in the table'
              : undefined;
    tally.try("odd names break nobody's answers", wrong && `${path}: ${wrong}`);
  }
}

/** The slash stands between owner and name. */
function datasetName(name: string): string {
  return name.replaceAll('/', '\\');
}

async function publish(store: Store, name: string): Promise<void> {
  const ring = [
    [11.8, 48.6],
    [11.81, 48.6],
    [11.81, 48.61],
    [11.8, 48.61],
    [11.8, 48.6],
  ] as const;
  const parcels = [
    {
      pid: 1,
      label: name,
      crop: name,
      area: 1,
      geometry: { type: 'Polygon' as const, coordinates: [ring] },
      attributes: { cropCode: name, [name]: name },
    },
  ];
  const { dataset } = await saveParcels(
    store,
    { name: datasetName(name), crs: 'OGC:CRS84', parcels },
    { aoi: name, year: 2026 },
  );
  await store.query(`insert into furrow.grants (dataset_id, role) values ($1, 'public')`, [dataset]);
}

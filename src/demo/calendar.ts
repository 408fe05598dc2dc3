import { between, type Random, seededRandom } from './random.ts';

/** One product of an acquisition: a granule (which columns of the area it has) in one processing. */
export interface Product {
  readonly id: string;
  readonly tile: string;
  /** Columns of 10 m, both even. */
  readonly fromColumn: number;
  readonly toColumn: number;
  readonly baseline: string;
  /** Added to the stored numbers; the asset's offset takes it away again. */
  readonly addedDn: number;
  /** ISO 8601. */
  readonly processed: string;
}

/** One overpass of Sentinel-2. */
export interface OpticalPass {
  readonly datetime: string;
  readonly day: number;
  readonly platform: string;
  readonly orbit: number;
  /** Share of the area under clouds, 0 to 1. */
  readonly clouds: number;
  /** Dampness of bare soil, 0 to 1. */
  readonly wetness: number;
  /** Share of the area that the swath does not reach, cut off diagonally. */
  readonly missing: number;
  readonly products: readonly Product[];
}

export interface RadarPass {
  readonly id: string;
  readonly datetime: string;
  readonly day: number;
  readonly platform: string;
  readonly orbit: number;
  readonly wetness: number;
}

export interface CalendarOptions {
  readonly seed: number;
  /** Passes of Sentinel-2 from March to October. */
  readonly dates: number;
  /** Columns of the area at 10 m, and those that the western granule has. */
  readonly columns: number;
  readonly westernColumns: number;
}

const year = 2026;
const firstDay = 62;
const lastDay = 302;
const revisitDays = 5;
const eastern = 'T32UQU';
const western = 'T32UPU';

/** How cloudy 24 passes over Central Europe are, from the clearest on. */
const cloudiness = [
  0, 0, 0, 0, 0, 0, 0.003, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.13, 0.17, 0.22, 0.28, 0.35, 0.45, 0.56, 0.68,
  0.82, 0.95, 1,
];

/**
 * The passes of Sentinel-2 in the season in order of time, each at another multiple of the five-day revisit. Every eighth
 * pass comes as two granules that overlap, every ninth was processed twice, every sixth by the newer baseline.
 */
export function opticalPasses({ seed, dates, columns, westernColumns }: CalendarOptions): OpticalPass[] {
  const random = seededRandom(seed, 'calendar');
  const slots = Math.floor((lastDay - firstDay) / revisitDays) + 1;
  const clouds = shuffle(
    Array.from(
      { length: dates },
      (_, i) => cloudiness[Math.floor(((i + 0.5) / dates) * cloudiness.length)] ?? 0,
    ),
    random,
  );
  return Array.from({ length: dates }, (_, i): OpticalPass => {
    const room = Math.floor(((i + 1) * slots) / dates) - Math.floor((i * slots) / dates);
    const slot = Math.floor((i * slots) / dates) + Math.floor(random() * room);
    const day = firstDay + revisitDays * slot;
    const platform = random() < 0.5 ? 'sentinel-2a' : 'sentinel-2b';
    const datetime = instant(day, '10:20:21');
    const base = { datetime, platform, orbit: 65, columns };
    const usual = i % 6 === 5 ? newer : older;
    const products = [product(base, eastern, 0, usual)];
    if (i % 8 === 4) products.push(product(base, western, westernColumns, usual));
    if (i % 9 === 7) products.push(product(base, eastern, 0, usual === older ? newer : older));
    return {
      datetime,
      day,
      platform,
      orbit: 65,
      clouds: clouds[i] ?? 0,
      wetness: random() ** 2,
      missing: i % 12 === 9 ? between(random, 0.15, 0.3) : 0,
      products,
    };
  });
}

/** The passes of Sentinel-1, every twelve days. */
export function radarPasses(seed: number, count: number): RadarPass[] {
  const random = seededRandom(seed, 'radar calendar');
  const every = Math.max(1, Math.min(12, Math.floor((lastDay - firstDay) / count)));
  return Array.from({ length: count }, (_, i): RadarPass => {
    const day = firstDay + 1 + every * i;
    const datetime = instant(day, '05:25:44');
    return {
      id: `S1A_IW_GRDH_1SDV_${compact(datetime)}_R117`,
      datetime,
      day,
      platform: 'sentinel-1a',
      orbit: 117,
      wetness: random() ** 2,
    };
  });
}

interface Processing {
  readonly baseline: string;
  readonly addedDn: number;
  readonly hoursLater: number;
}

const older: Processing = { baseline: '03.01', addedDn: 0, hoursLater: 4 };
// Since baseline 04.00 products hold reflectance x 10000 + 1000 (Sentinel-2 products specification document, BOA_ADD_OFFSET).
const newer: Processing = { baseline: '05.00', addedDn: 1000, hoursLater: 24 * 40 };

interface PassOfProduct {
  readonly datetime: string;
  readonly platform: string;
  readonly orbit: number;
  readonly columns: number;
}

function product(pass: PassOfProduct, tile: string, toColumn: number, processing: Processing): Product {
  const processed = new Date(Date.parse(pass.datetime) + processing.hoursLater * 3_600_000).toISOString();
  const mission = pass.platform === 'sentinel-2a' ? 'S2A' : 'S2B';
  const baseline = processing.baseline.replace('.', '');
  const orbit = String(pass.orbit).padStart(3, '0');
  return {
    id: `${mission}_MSIL2A_${compact(pass.datetime)}_N${baseline}_R${orbit}_${tile}_${compact(processed)}`,
    tile,
    fromColumn: 0,
    toColumn: toColumn || pass.columns,
    baseline: processing.baseline,
    addedDn: processing.addedDn,
    processed: processed.replace('.000Z', 'Z'),
  };
}

function instant(day: number, time: string): string {
  const date = new Date(Date.UTC(year, 0, day)).toISOString().slice(0, 10);
  return `${date}T${time}Z`;
}

function compact(datetime: string): string {
  return datetime.replace(/[-:]|\.\d+|Z/g, '');
}

function shuffle<T>(values: readonly T[], random: Random): T[] {
  const left = [...values];
  return values.flatMap(() => left.splice(Math.floor(random() * left.length), 1));
}

import { isRadarBand } from '../../extract/sensor.ts';
import type { StoredLayout } from '../../store/layouts.ts';
import type { SignatureSeries } from '../../store/series.ts';
import { type Columns, columnsOf } from './columns.ts';

/** Kinds of series: Sentinel-2, backscatter, coherence of 6 or 12 days, scene classes. */
export const seriesTypes = ['s2', 'bs', 'c6', 'c1', 'scl'] as const;
export type SeriesType = (typeof seriesTypes)[number];

/** Sentinel-2's band of each common name, for archives that call their bands by those. */
const sentinel2: Readonly<Record<string, string>> = {
  coastal: 'B01',
  blue: 'B02',
  green: 'B03',
  red: 'B04',
  rededge: 'B05',
  rededge071: 'B05',
  rededge1: 'B05',
  rededge075: 'B06',
  rededge2: 'B06',
  rededge078: 'B07',
  rededge3: 'B07',
  nir: 'B08',
  nir08: 'B8A',
  nir09: 'B09',
  swir16: 'B11',
  swir22: 'B12',
};

/** A band of the store under the name that the service has for it. */
export interface ServedBand {
  readonly stored: string;
  readonly served: string;
}

/**
 * The bands of a kind of series that any layout has: `VV` is served as `VVb` of backscatter and `VVc` of coherence, bands that
 * archives call by common names as Sentinel-2's, `B4` as `B04`; indices under their own names.
 */
export function servedBands(layouts: readonly StoredLayout[], type: SeriesType): ServedBand[] {
  const stored = [...new Set(layouts.flatMap(({ bands }) => bands))];
  return stored.flatMap((name): ServedBand[] => {
    const coherent = isRadarBand(name) && /^..c$/i.test(name);
    if (isRadarBand(name) !== (type === 'bs' || type === 'c6' || type === 'c1')) return [];
    if (!isRadarBand(name)) return [{ stored: name, served: sentinelBand(name) }];
    if (coherent !== (type !== 'bs')) return [];
    return [{ stored: name, served: `${name.slice(0, 2).toUpperCase()}${type.charAt(0)}` }];
  });
}

function sentinelBand(name: string): string {
  const plain = name.replace(/_\d+m$/, '');
  const key = plain.toLowerCase();
  return (Object.hasOwn(sentinel2, key) ? sentinel2[key] : undefined) ?? plain.replace(/^B(\d)$/i, 'B0$1');
}

/** Those of them that a request names: by the served name, the stored one, or without the letter of the card. */
export function wantedBands(bands: readonly ServedBand[], wanted: string | undefined): ServedBand[] {
  if (wanted === undefined || wanted === '') return [...bands];
  const key = sentinelBand(wanted).toLowerCase();
  return bands.filter(({ stored, served }) =>
    [stored, served, isRadarBand(stored) ? served.slice(0, 2) : served].some(
      (name) => name.toLowerCase() === key || name.toLowerCase() === wanted.toLowerCase(),
    ),
  );
}

const statistics = ['count', 'mean', 'std', 'min', 'p25', 'p50', 'p75', 'max'] as const;

export interface SeriesColumnsOptions {
  /** Scene classes beside each row: null where an image has none. */
  readonly classes: boolean;
  readonly reference: boolean;
}

/** A parcel's series, a row an image and band in the order of time and band; times in seconds since 1970 UTC. */
export function seriesColumns(
  answer: SignatureSeries,
  bands: readonly ServedBand[],
  { classes, reference }: SeriesColumnsOptions,
): Columns {
  const rows: Record<string, unknown>[] = [];
  const ordered = [...bands].sort((one, other) => (one.served < other.served ? -1 : 1));
  for (let row = 0; row < answer.rows; row++) {
    const image = answer.images[answer.image[row] ?? -1];
    if (image === undefined) continue;
    for (const { stored, served } of ordered) {
      const band = answer.bands.get(stored);
      const count = band?.n[row] ?? 0;
      if (band === undefined || count === 0) continue;
      const value = (stat: string) => finite(band.stats[stat]?.[row]);
      rows.push({
        date_part: Date.parse(image.datetime) / 1000,
        band: served,
        count,
        mean: value('mean'),
        std: value('std'),
        min: value('min'),
        p25: value('p25'),
        p50: value('p50'),
        p75: value('p75'),
        max: value('max'),
        hist: classes ? sceneClasses(answer, row) : null,
        reference: image.reference,
      });
    }
  }
  const names = [
    'date_part',
    'band',
    ...statistics,
    ...(classes ? ['hist'] : []),
    ...(reference ? ['reference'] : []),
  ];
  return columnsOf(names, rows);
}

/** Pixels by class, null without a classification; classes that do not occur are left out. */
export function sceneClasses(
  { classes, counts }: Pick<SignatureSeries, 'classes' | 'counts'>,
  row: number,
): Record<string, number> | null {
  const found: Record<string, number> = {};
  for (let value = 0; value < classes; value++) {
    const pixels = counts[row * classes + value] ?? 0;
    if (pixels > 0) found[value] = pixels;
  }
  return Object.keys(found).length === 0 ? null : found;
}

/** JSON has no NaN. Numbers of the store have single precision: more digits would say nothing. */
function finite(value: number | undefined): number | null {
  if (value === undefined || !Number.isFinite(value)) return null;
  return Number(value.toPrecision(8));
}

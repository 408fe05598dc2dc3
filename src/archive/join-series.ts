import type { BandColumns, SeriesImage, SignatureSeries } from '../store/series.ts';

/** Some of a season's rows, of any bands; rows of several parts that are one parcel on one image become one row. */
export interface SeriesPart {
  readonly pid: Float64Array;
  /** Ids of images. */
  readonly image: Int32Array;
  /** By the name that was asked for. */
  readonly bands: ReadonlyMap<string, BandColumns>;
  /** `classes` numbers a row. */
  readonly histogram?: { readonly classes: number; readonly counts: Int32Array } | undefined;
}

/** A series as a part of a larger one. */
export function partOf(series: SignatureSeries): SeriesPart {
  return {
    pid: series.pid,
    image: series.image.map((place) => series.images[place]?.id ?? -1),
    bands: series.bands,
    histogram: { classes: series.classes, counts: series.counts },
  };
}

/**
 * One series of several parts: by parcel, then time, then image. A row is made by signatures; a histogram alone makes none.
 * Where parts contradict each other the first one holds.
 */
export function joinSeries(
  parts: readonly SeriesPart[],
  bands: readonly string[],
  known: readonly SeriesImage[],
): SignatureSeries {
  const times = new Map(known.map((image) => [image.id, Date.parse(image.datetime)]));
  const places = new Map<string, number>();
  const rows: { pid: number; image: number; time: number; key: string }[] = [];
  for (const { pid, image, bands: own } of parts) {
    if (own.size === 0) continue;
    for (const [row, parcel] of pid.entries()) {
      const key = `${parcel} ${image[row]}`;
      if (places.has(key)) continue;
      places.set(key, rows.length);
      const id = image[row] ?? -1;
      rows.push({ pid: parcel, image: id, time: times.get(id) ?? 0, key });
    }
  }
  rows.sort((one, other) => one.pid - other.pid || one.time - other.time || one.image - other.image);
  rows.forEach(({ key }, at) => void places.set(key, at));
  const used = new Set(rows.map(({ image }) => image));
  const images = known
    .filter(({ id }) => used.has(id))
    .sort((one, other) => Date.parse(one.datetime) - Date.parse(other.datetime) || one.id - other.id);
  const order = new Map(images.map(({ id }, at) => [id, at]));
  return {
    rows: rows.length,
    pid: Float64Array.from(rows, ({ pid }) => pid),
    image: Int32Array.from(rows, ({ image }) => order.get(image) ?? -1),
    images,
    bands: new Map(bands.map((band) => [band, joinBand(parts, band, places, rows.length)])),
    ...joinHistograms(parts, places, rows.length),
  };
}

function joinBand(
  parts: readonly SeriesPart[],
  band: string,
  places: ReadonlyMap<string, number>,
  rows: number,
): BandColumns {
  const n = new Int32Array(rows);
  const stats: Record<string, Float32Array> = {};
  const taken = new Uint8Array(rows);
  for (const { pid, image, bands } of parts) {
    const own = bands.get(band);
    if (own === undefined) continue;
    for (const stat of Object.keys(own.stats)) stats[stat] ??= new Float32Array(rows).fill(Number.NaN);
    const columns = Object.entries(own.stats);
    for (const [row, parcel] of pid.entries()) {
      const at = places.get(`${parcel} ${image[row]}`) ?? -1;
      // A part says nothing of a band that its layout lacks: n is 0 then.
      if (at < 0 || taken[at] || (own.n[row] ?? 0) === 0) continue;
      taken[at] = 1;
      n[at] = own.n[row] ?? 0;
      for (const [stat, values] of columns) {
        const column = stats[stat];
        if (column !== undefined) column[at] = values[row] ?? Number.NaN;
      }
    }
  }
  return { n, stats };
}

function joinHistograms(
  parts: readonly SeriesPart[],
  places: ReadonlyMap<string, number>,
  rows: number,
): { classes: number; counts: Int32Array } {
  const classes = parts.reduce((most, { histogram }) => Math.max(most, histogram?.classes ?? 0), 0);
  const counts = new Int32Array(rows * classes);
  const taken = new Uint8Array(rows);
  for (const { pid, image, histogram } of parts) {
    if (histogram === undefined || histogram.classes === 0) continue;
    for (const [row, parcel] of pid.entries()) {
      const at = places.get(`${parcel} ${image[row]}`) ?? -1;
      const own = histogram.counts.subarray(row * histogram.classes, (row + 1) * histogram.classes);
      if (at < 0 || taken[at] || own.every((count) => count === 0)) continue;
      taken[at] = 1;
      counts.set(own, at * classes);
    }
  }
  return { classes, counts };
}

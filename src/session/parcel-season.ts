import { acquisitionKey, processedAt } from '../catalog/acquisition.ts';
import { chooseScenes } from '../catalog/choose-scenes.ts';
import type { Collection } from '../catalog/collection.ts';
import type { Item } from '../catalog/item.ts';
import { BandNotFound, Cancelled, FurrowError, InvalidArgument, throwIfCancelled } from '../errors.ts';
import { extractImage } from '../extract/extract-image.ts';
import { areaBounds } from '../geometry/area.ts';
import { transformBBox } from '../geometry/crs.ts';
import type { ParcelSet } from '../parcels/parcel.ts';
import { classShare } from '../parcels/quality.ts';
import { type AcquiredPoint, onePerAcquisition, type Series } from '../parcels/series.ts';

/** Images read side by side: enough to keep a disk or a connection busy, few enough to stop soon. */
const atOnce = 6;

export interface ParcelSeasonOptions {
  /** Name of a spectral index (`ndvi`). */
  readonly index: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The season of one parcel, read from the images: one point an acquisition (`onePerAcquisition`), statistics of the clear
 * pixels (value = stored * scale + offset). A date without a clear pixel has a point of NaN, so that it is seen. Items that
 * lack the index's bands (another sensor) are passed over; one that cannot be read is named in `problems`, the others go on.
 * When no item is left, throws the first failure, else `BandNotFound`. Throws `InvalidArgument` for a pid that the set does not
 * have, `Cancelled`.
 */
export async function parcelSeason(
  collection: Collection,
  set: ParcelSet,
  pid: number,
  { index, signal }: ParcelSeasonOptions,
): Promise<Series> {
  const parcel = set.parcels.find((one) => one.pid === pid);
  if (parcel === undefined) throw new InvalidArgument(`'${set.name}' has no parcel with pid ${pid}`);
  const own: ParcelSet = { name: set.name, crs: set.crs, parcels: [parcel] };
  const bbox = transformBBox(areaBounds(parcel.geometry), set.crs, 'OGC:CRS84');
  const { kept } = chooseScenes(await collection.items({ bbox, signal }));
  const points: AcquiredPoint[] = [];
  const failures = new Map<Item, FurrowError>();
  const waiting = [...kept];
  const stop = new AbortController();
  const either = AbortSignal.any([stop.signal, ...(signal ? [signal] : [])]);
  const work = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      try {
        points.push(...(await pointOf(item, own, index, either)));
      } catch (error) {
        throwIfCancelled(either, `reading the season of parcel ${pid}`);
        if (!(error instanceof FurrowError) || error instanceof Cancelled) {
          stop.abort(error);
          throw error;
        }
        failures.set(item, error);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  // In the order of the season, not in that of failing.
  const failed = kept.flatMap((item) => failures.get(item) ?? []);
  const broken = kept.flatMap((item) => {
    const error = failures.get(item);
    return error === undefined || error instanceof BandNotFound ? [] : { item: item.id, error };
  });
  const first = broken[0]?.error ?? failed[0];
  if (first !== undefined && failed.length === kept.length) throw first;
  const problems = broken.map(({ item, error }) => ({ item, reason: error.message }));
  return {
    pid,
    of: index,
    points: onePerAcquisition(points).map(({ acquisition: _, processed: __, ...point }) => point),
    ...(problems.length > 0 ? { problems } : {}),
  };
}

/** No point when the parcel lies outside the image's pixels. */
async function pointOf(
  item: Item,
  parcels: ParcelSet,
  index: string,
  signal: AbortSignal | undefined,
): Promise<AcquiredPoint[]> {
  const { signatures, histograms } = await extractImage({
    item,
    parcels,
    bands: [],
    indices: [index],
    signal,
  });
  const [signature] = signatures;
  const [histogram] = histograms;
  if (signature === undefined && histogram === undefined) return [];
  const value = (stat: string) => signature?.v[signature.layout.stats.indexOf(stat)] ?? Number.NaN;
  return [
    {
      datetime: item.datetime,
      itemId: item.id,
      acquisition: acquisitionKey(item),
      processed: processedAt(item),
      n: signature?.n[0] ?? 0,
      mean: value('mean'),
      p25: value('p25'),
      p50: value('p50'),
      p75: value('p75'),
      clear: histogram === undefined ? 1 : classShare(histogram, 0),
    },
  ];
}

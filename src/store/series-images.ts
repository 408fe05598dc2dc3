import { rootOf } from './root-of.ts';
import type { SeriesImage } from './signature-series.ts';
import type { Queryable, QueryOptions } from './store.ts';
import { eachTuple } from './tuples.ts';

/** `select ... from furrow.image` as `readImages` takes it. */
const fields = `id, collection, reference, extract(epoch from datetime)::float8, platform, cloud::text, acquisition, xmin`;

/** Which images, and the version of each row: `xmin` is another one after every change (PostgreSQL manual, "System Columns"). */
export const imageVersions = `string_agg(int4send(id) || xidsend(xmin), '')`;

interface Known {
  readonly image: SeriesImage;
  readonly time: number;
  readonly version: number;
}

/** Images that were read through a store by dataset and id, so that an answer need not bring them again. */
interface Kept {
  readonly datasets: Map<number, Map<number, Known>>;
  images: number;
}

const known = new WeakMap<Queryable, Kept>();

/** How many are kept, about 10 MB. */
const most = 20_000;

/**
 * Images of a dataset in time order, those that this store has not read before, or that have changed, read now. `versions` comes from
 * a statement of who asks: what an identity may not see is not among them, though kept images serve all identities.
 */
export async function imagesOf(
  store: Queryable,
  dataset: number,
  versions: Buffer | null,
  { signal }: QueryOptions,
): Promise<readonly SeriesImage[]> {
  const root = rootOf(store);
  let kept = known.get(root);
  if (kept === undefined || kept.images > most) {
    kept = { datasets: new Map(), images: 0 };
    known.set(root, kept);
  }
  const images = kept.datasets.get(dataset) ?? new Map<number, Known>();
  const found: Known[] = [];
  const missing: number[] = [];
  for (let at = 0; versions !== null && at < versions.length; at += 8) {
    const id = versions.readInt32BE(at);
    const own = images.get(id);
    if (own?.version === versions.readUInt32BE(at + 4)) found.push(own);
    else missing.push(id);
  }
  for (const own of await read(store, dataset, missing, { signal })) {
    if (!images.has(own.image.id)) kept.images++;
    images.set(own.image.id, own);
    kept.datasets.set(dataset, images);
    found.push(own);
  }
  return inTimeOrder(found);
}

/** Images of a dataset by id, in time order, as they are now. */
export async function readImages(
  store: Queryable,
  dataset: number,
  ids: readonly number[],
  options: QueryOptions,
): Promise<readonly SeriesImage[]> {
  return inTimeOrder(await read(store, dataset, ids, options));
}

function inTimeOrder(found: Known[]): readonly SeriesImage[] {
  found.sort((a, b) => a.time - b.time || a.image.id - b.image.id);
  return found.map(({ image }) => image);
}

async function read(
  store: Queryable,
  dataset: number,
  ids: readonly number[],
  { signal }: QueryOptions,
): Promise<Known[]> {
  const found: Known[] = [];
  if (ids.length === 0) return found;
  const text = `select ${fields} from furrow.image where dataset_id = $1 and id = any ($2::integer[])`;
  for await (const chunk of store.copyOut(text, [dataset, [...ids]], { signal }))
    eachTuple(chunk, 8, ({ view, at, bytes }) => {
      const words = (field: number): string | null => {
        const [from = 0, length = -1] = [at[field], bytes[field]];
        return length < 0 ? null : chunk.toString('utf8', from, from + length);
      };
      const time = Math.round(view.getFloat64(at[3] ?? 0) * 1000);
      const cloud = words(5);
      const image = Object.freeze({
        id: view.getInt32(at[0] ?? 0),
        collection: words(1) ?? '',
        reference: words(2) ?? '',
        datetime: new Date(time).toISOString(),
        platform: words(4),
        cloud: cloud === null ? null : Number(cloud),
        acquisition: words(6),
      });
      found.push({ image, time, version: view.getUint32(at[7] ?? 0) });
    });
  return found;
}

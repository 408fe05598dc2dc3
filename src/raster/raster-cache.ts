import { FileNotFound, ObjectChanged, orCancelled, throwIfCancelled } from '../errors.ts';
import { schemeOf, storeOf } from '../storage/address.ts';
import { type OpenOptions, openSource } from '../storage/open-source.ts';
import type { ByteSource } from '../storage/source.ts';
import { openRaster } from './open-raster.ts';
import type { Raster } from './raster.ts';

/** Open rasters kept: a season of a few bands; a header takes some kilobytes. */
const MOST_OPEN = 512;

/** Whole objects kept, of servers that send nothing else: a few small images. */
const MOST_WHOLE_BYTES = 32 * 2 ** 20;

interface Entry {
  readonly version: string;
  /** Bytes of the object that stay in memory with it; 0 where it is read by range. */
  readonly wholeBytes: number;
  readonly raster: Raster;
}

const noMask = Promise.resolve(undefined);
const entries = new Map<string, Entry>();

/** One header that is being read, for all who ask for it meanwhile. */
interface Opening {
  readonly raster: Promise<Raster>;
  readonly stop: AbortController;
  waiting: number;
}

const opening = new Map<string, Opening>();

/**
 * Opens the raster at an address, keeping the last 512 headers. A local file is looked at anew each time and its
 * header read again when it changed. A remote object's header is kept until one of its reads finds another ETag
 * (`ObjectChanged`): start again and the new object is opened. A mask in `URL.msk` beside a local file is the file's. Of objects
 * that came whole (a server without ranges) the last 32 MiB are kept. An opening ends when nobody waits for it any more.
 */
export async function openRasterAt(url: string, options: OpenOptions = {}): Promise<Raster> {
  throwIfCancelled(options.signal, `opening ${url}`);
  const known = entries.get(url);
  if (known && storeOf(url) !== 'file') return touch(url, known);
  const begun = opening.get(url) ?? begin(url, options.trust);
  begun.waiting += 1;
  try {
    return await orCancelled(begun.raster, options.signal, `opening ${url}`);
  } finally {
    begun.waiting -= 1;
    if (begun.waiting === 0 && opening.get(url) === begun) {
      opening.delete(url);
      begun.stop.abort(options.signal?.reason);
    }
  }
}

/** Several callers may wait for one header, so it has a signal of its own, which fires when the last of them was cancelled. */
function begin(url: string, trust: OpenOptions['trust']): Opening {
  const stop = new AbortController();
  const raster = open(url, { trust, signal: stop.signal });
  // Those who were cancelled do not hear how it ends.
  raster.catch(() => undefined);
  const begun = { raster, stop, waiting: 0 };
  opening.set(url, begun);
  return begun;
}

async function open(url: string, options: OpenOptions): Promise<Raster> {
  const { signal } = options;
  try {
    const source = await openSource(url, options);
    const sidecar = await openSidecar(url, signal);
    const version = [await source.version({ signal }), await sidecar?.version({ signal })].join('|');
    const known = entries.get(url);
    if (known?.version === version) return touch(url, known);
    const wholeBytes = source.inMemory ? await source.size({ signal }) : 0;
    const raster = forgetWhenChanged(url, await openRaster(source, { sidecar, signal }));
    // What was opened may hold on to the signal, so it is not kept once that has fired.
    throwIfCancelled(signal, `opening ${url}`);
    if (wholeBytes > MOST_WHOLE_BYTES) return raster;
    return touch(url, { version, wholeBytes, raster });
  } finally {
    if (opening.get(url)?.stop.signal === signal) opening.delete(url);
  }
}

/** The mask beside a local file. A remote one is not looked for: it would be a request for each image, nearly always in vain. */
async function openSidecar(url: string, signal: AbortSignal | undefined): Promise<ByteSource | undefined> {
  if (schemeOf(url) !== 'file') return undefined;
  try {
    return await openSource(`${url}.msk`, { signal });
  } catch (error) {
    if (error instanceof FileNotFound) return undefined;
    throw error;
  }
}

function touch(url: string, entry: Entry): Raster {
  entries.delete(url);
  entries.set(url, entry);
  let whole = [...entries.values()].reduce((sum, { wholeBytes }) => sum + wholeBytes, 0);
  for (const [oldest, { wholeBytes }] of entries) {
    if (entries.size > MOST_OPEN || (whole > MOST_WHOLE_BYTES && wholeBytes > 0)) {
      entries.delete(oldest);
      whole -= wholeBytes;
    }
  }
  return entry.raster;
}

function forgetWhenChanged(url: string, raster: Raster): Raster {
  const watched = async <T>(reading: Promise<T>): Promise<T> => {
    try {
      return await reading;
    } catch (error) {
      if (error instanceof ObjectChanged && entries.get(url)?.raster === kept) entries.delete(url);
      throw error;
    }
  };
  const kept: Raster = {
    info: raster.info,
    read: (request) => watched(raster.read(request)),
    ...(raster.pick && { pick: (request) => watched(raster.pick?.(request) ?? Promise.resolve()) }),
    ...(raster.readMask && { readMask: (request) => watched(raster.readMask?.(request) ?? noMask) }),
  };
  return kept;
}

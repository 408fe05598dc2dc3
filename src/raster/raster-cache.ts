import { ObjectChanged } from '../errors.ts';
import { schemeOf } from '../storage/address.ts';
import { type OpenOptions, openSource } from '../storage/open-source.ts';
import { openRaster } from './open-raster.ts';
import type { Raster } from './raster.ts';

/** Open rasters kept: a season of a few bands; a header takes some kilobytes. */
const MOST_OPEN = 512;

interface Entry {
  readonly version: string;
  readonly raster: Raster;
}

const entries = new Map<string, Entry>();

/**
 * Opens the raster at an address, keeping the last 512 headers. A local file is looked at anew each time and its
 * header read again when it changed. A remote object's header is kept until one of its reads finds another ETag
 * (`ObjectChanged`): start again and the new object is opened.
 */
export async function openRasterAt(url: string, options: OpenOptions = {}): Promise<Raster> {
  const remote = schemeOf(url) !== 'file';
  const known = entries.get(url);
  if (known && remote) return touch(url, known);
  const source = await openSource(url, options);
  const version = await source.version(options);
  if (known?.version === version) return touch(url, known);
  const raster = forgetWhenChanged(url, await openRaster(source, options));
  return touch(url, { version, raster });
}

function touch(url: string, entry: Entry): Raster {
  entries.delete(url);
  entries.set(url, entry);
  for (const oldest of entries.keys()) {
    if (entries.size <= MOST_OPEN) break;
    entries.delete(oldest);
  }
  return entry.raster;
}

function forgetWhenChanged(url: string, raster: Raster): Raster {
  const kept: Raster = {
    info: raster.info,
    read: async (request) => {
      try {
        return await raster.read(request);
      } catch (error) {
        if (error instanceof ObjectChanged && entries.get(url)?.raster === kept) entries.delete(url);
        throw error;
      }
    },
  };
  return kept;
}

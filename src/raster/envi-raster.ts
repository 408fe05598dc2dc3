import { FileNotFound, InvalidFile } from '../errors.ts';
import { checkLimit } from '../limits.ts';
import { schemeOf } from '../storage/address.ts';
import { openSource } from '../storage/open-source.ts';
import type { ByteRange, ByteSource, ReadOptions } from '../storage/source.ts';
import { type EnviHeader, isEnviHeader, readEnviHeader } from './envi-header.ts';
import { bytesPerPixel } from './pixels.ts';
import type { Raster } from './raster.ts';
import { readWindow } from './read-window.ts';
import type { ImageLayout } from './tiff-layout.ts';
import { compression } from './tiff-tags.ts';
import type { TileCache } from './tile-cache.ts';
import { pickTiles } from './visit-tiles.ts';

interface EnviOptions extends ReadOptions {
  readonly tileCache: TileCache;
}

/** Bytes of pixels read at once. */
const STRIP_BYTES = 256 * 1024;
/** Endings of images that a header may stand beside; a header's image is looked for under them. */
const endings = ['.img', '.dat', '.bsq', '.bil', '.bip', '.raw', '.bin', ''];

/**
 * Opens an ENVI image (also those of BEAM-DIMAP folders): `source` is its header, or the image with the header beside it
 * (`image.hdr` or `image.img.hdr`). Undefined when it is neither. Throws what `readEnviHeader` throws, `FileNotFound` for a header without
 * image, `InvalidFile` for an image that is shorter than its header says.
 */
export async function openEnvi(
  source: ByteSource,
  start: Uint8Array,
  options: EnviOptions,
): Promise<Raster | undefined> {
  const ending = endingOf(source.url);
  if (isEnviHeader(start)) {
    if (ending !== '.hdr') return undefined;
    const image = await openFirst(
      source.url,
      endings.map((other) => (path: string) => path.slice(0, -4) + other),
      options,
    );
    if (image === undefined)
      throw new FileNotFound(
        `${source.url} is an ENVI header, and no image stands beside it (${endings.slice(0, -1).join(', ')} or no ending)`,
      );
    return openImage(image, source, options);
  }
  if (!endings.includes(ending)) return undefined;
  const header = await openFirst(
    source.url,
    ['.hdr', '.HDR'].flatMap((hdr) => [
      (path: string) => path.slice(0, path.length - ending.length) + hdr,
      (path: string) => path + hdr,
    ]),
    options,
  );
  return header === undefined ? undefined : openImage(source, header, options);
}

function endingOf(url: string): string {
  const path = pathOfUrl(url);
  return /\.[a-z]{3}$/i.exec(path)?.[0].toLowerCase() ?? (/\.[^/]*$/.test(path) ? '.other' : '');
}

function pathOfUrl(url: string): string {
  return /^https?:/i.test(url) && URL.canParse(url) ? new URL(url).pathname : url;
}

/** The first of several neighbours of an address that is there. */
async function openFirst(
  url: string,
  changes: readonly ((path: string) => string)[],
  { signal }: ReadOptions,
): Promise<ByteSource | undefined> {
  // Bytes in memory have no neighbours.
  if (/^memory:/.test(url)) return undefined;
  for (const change of changes) {
    const path = change(pathOfUrl(url));
    let other = path;
    if (/^https?$/.test(schemeOf(url))) {
      const address = new URL(url);
      address.pathname = path;
      other = address.href;
    }
    if (other === url) continue;
    try {
      return await openSource(other, { signal });
    } catch (error) {
      if (!(error instanceof FileNotFound)) throw error;
    }
  }
  return undefined;
}

async function openImage(
  image: ByteSource,
  header: ByteSource,
  { signal, tileCache }: EnviOptions,
): Promise<Raster | undefined> {
  const length = await header.size({ signal });
  checkLimit('headerBytes', length, header.url);
  const text = Buffer.from(await header.read({ offset: 0, length }, { signal })).toString('utf8');
  // Other formats have headers of this ending too.
  if (!isEnviHeader(Buffer.from(text))) return undefined;
  const envi = readEnviHeader(text, header.url);
  const layout = layoutOf(envi, await image.size({ signal }), image.url);
  const bytes = fromOne(image);
  const key = `${image.url}|${await image.version({ signal })}|${await header.version({ signal })}`;
  const { width, height, bands, dataType, nodata, crs, transform, descriptions, scales, offsets } = envi;
  return {
    info: {
      ...{ url: image.url, width, height, bands, dataType, nodata, crs, transform },
      ...{ descriptions, scales, offsets },
      compression: 'none',
      predictor: 1,
      interleave: layout.planar || bands === 1 ? 'band' : 'pixel',
      levels: [{ width, height, tileWidth: layout.tileWidth, tileHeight: layout.tileHeight }],
      byteOrder: envi.littleEndian ? 'little' : 'big',
    },
    read: async ({ bands: wanted, window, level = 0, signal } = {}) => {
      if (level !== 0) throw new InvalidFile(`${image.url}: level ${level} of 1`);
      return readWindow(
        bytes,
        layout,
        wanted ?? Array.from({ length: bands }, (_, band) => band),
        window ?? { x: 0, y: 0, width, height },
        { cache: tileCache, key },
        signal,
      );
    },
    pick: (request) => pickTiles(bytes, layout, request),
  };
}

/** The image as uncompressed strips: of several rows, or of one row and band where bands alternate by line. */
function layoutOf(envi: EnviHeader, size: number, url: string): ImageLayout {
  const { width, height, bands, dataType, interleave, headerBytes } = envi;
  const pixel = bytesPerPixel(dataType);
  const needed = headerBytes + width * height * bands * pixel;
  if (needed > size)
    throw new InvalidFile(
      `${url}: ${width} x ${height} pixels of ${bands} ${dataType} bands from byte ${headerBytes} take ${needed} bytes, the file has ${size}; it is cut short or another header's`,
    );
  const planar = bands > 1 && interleave !== 'bip';
  const rowBytes = width * pixel * (planar ? 1 : bands);
  const byLine = planar && interleave === 'bil';
  const tileHeight = byLine ? 1 : Math.min(height, Math.max(1, Math.floor(STRIP_BYTES / rowBytes)));
  const tilesDown = Math.ceil(height / tileHeight);
  const planes = planar ? bands : 1;
  checkLimit('headerBytes', tilesDown * planes * 16, url);
  const tileOffsets = new Float64Array(tilesDown * planes);
  const tileByteCounts = new Float64Array(tilesDown * planes);
  for (let plane = 0; plane < planes; plane++)
    for (let strip = 0; strip < tilesDown; strip++) {
      const row = strip * tileHeight;
      const before = byLine ? row * bands + plane : plane * height + row;
      tileOffsets[plane * tilesDown + strip] = 1 + headerBytes + before * rowBytes;
      tileByteCounts[plane * tilesDown + strip] = Math.min(tileHeight, height - row) * rowBytes;
    }
  return {
    ...{ url, width, height, bands, dataType, nodata: envi.nodata, littleEndian: envi.littleEndian, planar },
    ...{ compression: compression.none, predictor: 1, rare: undefined, tiled: false },
    ...{ tileWidth: width, tileHeight, tilesAcross: 1, tilesDown, tileOffsets, tileByteCounts },
  };
}

/** The same bytes counted from 1: a strip at byte 0 would pass for a sparse one. */
function fromOne(source: ByteSource): ByteSource {
  const shifted = ({ offset, length }: ByteRange): ByteRange => ({ offset: offset - 1, length });
  return {
    ...source,
    read: (range, options) => source.read(shifted(range), options),
    readMany: (ranges, options) => source.readMany(ranges.map(shifted), options),
  };
}

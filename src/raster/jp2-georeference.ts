import { FurrowError } from '../errors.ts';
import type { Affine } from '../geometry/affine.ts';
import { crsName } from '../geometry/crs.ts';
import { memorySource } from '../storage/memory-source.ts';
import { crsOf, transformOf } from './geo-keys.ts';
import { isGeographicCode } from './geographic-codes.ts';
import type { Jp2Boxes } from './jp2-boxes.ts';
import { readDirectories } from './tiff-directory.ts';

/** Characters of a rectified grid: real ones have a thousand. */
const MOST_ELEMENT = 65_536;

export interface Georeference {
  readonly crs: string | undefined;
  readonly transform: Affine | undefined;
}

/**
 * CRS and transform of pixel corners of a JP2 file: of its GeoJP2 box, else of its GML, as GDAL ranks them. A box that
 * cannot be read counts as none: the pixels are good without it.
 */
export async function georeferenceOf({ geoTiff, gml }: Jp2Boxes, url: string): Promise<Georeference> {
  if (geoTiff !== undefined) {
    try {
      const { directories } = await readDirectories(memorySource(geoTiff, `${url} (GeoJP2)`));
      const [directory] = directories;
      const transform = directory && transformOf(directory);
      if (directory !== undefined && transform !== undefined) return { crs: crsOf(directory), transform };
    } catch (error) {
      if (!(error instanceof FurrowError)) throw error;
    }
  }
  return gml === undefined ? { crs: undefined, transform: undefined } : gmlGeoreference(gml);
}

/**
 * The rectified grid of GMLJP2 (OGC 05-047r3, 08-085r5): its origin is the centre of the first pixel. In systems that put
 * latitude first, URNs and addresses do so in coordinates.
 */
export function gmlGeoreference(gml: string): Georeference {
  const grid = element(gml, 'RectifiedGrid');
  const origin = element(grid, 'origin');
  const position = numbersOf(/<(?:\w+:)?(?:pos|coordinates)\b[^<>]*>([^<]*)</.exec(origin)?.[1]);
  const [alongRow, alongColumn] = [...grid.matchAll(/<(?:\w+:)?offsetVector\b[^<>]*>([^<]*)</g)].map(
    (match) => numbersOf(match[1]),
  );
  const srsName = /srsName\s*=\s*["']([^"']{1,200})["']/.exec(origin + grid + gml)?.[1];
  const name = srsName === undefined ? undefined : crsName(srsName);
  const code = Number(/^EPSG:(\d+)$/.exec(name ?? '')?.[1] ?? Number.NaN);
  const crs = Number.isNaN(code) ? undefined : `EPSG:${code}`;
  if (position?.length !== 2 || alongRow?.length !== 2 || alongColumn?.length !== 2)
    return { crs, transform: undefined };
  const swapped = isGeographicCode(code) && /^(urn:|http)/i.test(srsName ?? '');
  const ordered = (pair: readonly number[]): readonly [number, number] =>
    swapped ? [pair[1] as number, pair[0] as number] : [pair[0] as number, pair[1] as number];
  const [x, y] = ordered(position);
  const [a, d] = ordered(alongRow);
  const [b, e] = ordered(alongColumn);
  if (a * e - b * d === 0) return { crs, transform: undefined };
  return { crs, transform: [a, b, x - (a + b) / 2, d, e, y - (d + e) / 2] };
}

/** The first element of a name with its content, in one pass whatever the text; empty when there is none. */
function element(text: string, name: string): string {
  const opening = new RegExp(`<(?:\\w+:)?${name}\\b`).exec(text);
  if (opening === null) return '';
  const end = text.indexOf(`${name}>`, opening.index + opening[0].length);
  return end < 0 || end - opening.index > MOST_ELEMENT ? '' : text.slice(opening.index, end);
}

function numbersOf(text: string | undefined): number[] | undefined {
  const numbers = (text ?? '')
    .trim()
    .split(/[\s,]+/)
    .map(Number);
  return numbers.every(Number.isFinite) ? numbers : undefined;
}

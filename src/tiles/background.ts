import { InvalidArgument } from '../errors.ts';
import { applyAffine, invertAffine } from '../geometry/affine.ts';
import { polygonsOf } from '../geometry/area.ts';
import { transformArea, transformer, utmZone } from '../geometry/crs.ts';
import type { Grid } from '../geometry/grid.ts';
import type { Area } from '../geometry/polygon.ts';
import { decodePicture } from '../raster/decode-picture.ts';
import { encodePng } from '../raster/encode-png.ts';
import { warp } from '../raster/warp.ts';
import { encodeCog } from '../raster/write-cog.ts';
import { halfWorld } from './mercator.ts';
import { webMercator } from './tile-grid.ts';

/** A square picture of the ground around a point. */
export interface BackgroundPlace {
  /** Degrees. */
  readonly lon: number;
  readonly lat: number;
  /** Pixels along a side. */
  readonly pixels: number;
  /** Metres along a side. */
  readonly metres: number;
}

/** Tiles of a map server, by web mercator numbers. */
export interface TileRange {
  readonly z: number;
  readonly x: number;
  readonly y: number;
  readonly across: number;
  readonly down: number;
}

const tileSide = 256;
/** Map servers seldom go deeper. */
const deepest = 19;
const poleward = 85;

/** The grid of a picture: whole metres in the UTM zone of its middle. Throws `InvalidArgument` near the poles. */
export function backgroundGrid({ lon, lat, pixels, metres }: BackgroundPlace): Grid {
  if (Math.abs(lat) > 84) throw new InvalidArgument('background pictures reach from 84° south to 84° north');
  const crs = utmZone(lon, lat);
  const [x, y] = transformer('OGC:CRS84', crs)(lon, lat);
  const pixel = metres / pixels;
  return {
    crs,
    transform: [pixel, 0, x - metres / 2, 0, -pixel, y + metres / 2],
    width: pixels,
    height: pixels,
  };
}

/** The tiles that a picture is drawn from: the first zoom whose pixels are as fine. */
export function backgroundTiles(place: BackgroundPlace): TileRange {
  const { transform, crs, width, height } = backgroundGrid(place);
  const project = transformer(crs, webMercator);
  const edge = Math.cos((Math.min(poleward, Math.abs(place.lat)) * Math.PI) / 180);
  const pixel = place.metres / place.pixels / edge;
  const z = Math.min(deepest, Math.max(0, Math.ceil(Math.log2((2 * halfWorld) / tileSide / pixel))));
  const count = 2 ** z;
  const side = (2 * halfWorld) / count;
  const corners = [
    [0, 0],
    [width, 0],
    [0, height],
    [width, height],
  ].map(([column = 0, row = 0]) => project(...applyAffine(transform, column, row)));
  const columns = corners.map(([x]) => Math.floor((x + halfWorld) / side));
  const rows = corners.map(([, y]) => Math.floor((halfWorld - y) / side));
  const within = (number: number) => Math.min(count - 1, Math.max(0, number));
  const [left, right] = [within(Math.min(...columns)), within(Math.max(...columns))];
  const [top, bottom] = [within(Math.min(...rows)), within(Math.max(...rows))];
  return { z, x: left, y: top, across: right - left + 1, down: bottom - top + 1 };
}

/**
 * Draws the picture from its tiles (row by row, undefined where there is none), with an outline in yellow where one is given, in
 * longitude and latitude. Throws `InvalidFile` for tiles that are no pictures.
 */
export async function drawBackground(
  place: BackgroundPlace,
  tiles: readonly (Uint8Array | undefined)[],
  format: 'png' | 'tif',
  outline?: Area,
): Promise<Uint8Array> {
  const { z, x, y, across, down } = backgroundTiles(place);
  const width = across * tileSide;
  const height = down * tileSide;
  const mosaic = [0, 1, 2, 3].map(() => new Uint8Array(width * height));
  for (const [i, bytes] of tiles.entries()) {
    if (bytes === undefined) continue;
    const picture = decodePicture(bytes, `tile ${z}/${x + (i % across)}/${y + Math.floor(i / across)}`);
    // Some servers send tiles of 512 pixels.
    const scale = picture.width / tileSide;
    const corner = Math.floor(i / across) * tileSide * width + (i % across) * tileSide;
    for (let row = 0; row < tileSide; row++)
      for (let column = 0; column < tileSide; column++) {
        const from = 4 * (Math.floor(row * scale) * picture.width + Math.floor(column * scale));
        const to = corner + row * width + column;
        for (let channel = 0; channel < 4; channel++)
          (mosaic[channel] as Uint8Array)[to] = picture.rgba[from + channel] ?? 0;
      }
  }
  const side = (2 * halfWorld) / 2 ** z;
  const pixel = side / tileSide;
  const source = {
    transform: [pixel, 0, x * side - halfWorld, 0, -pixel, halfWorld - y * side] as const,
    width,
    height,
  };
  const grid = backgroundGrid(place);
  const drawn = warp(mosaic, source, grid, transformer(grid.crs, webMercator)).bands as Uint8Array[];
  if (outline !== undefined) drawOutline(drawn, grid, outline);
  const size = { width: grid.width, height: grid.height };
  if (format === 'tif')
    return await encodeCog(
      { ...size, dataType: 'uint8', bands: drawn.slice(0, 3) },
      { crs: grid.crs, transform: grid.transform, overviews: 'none', rgb: true },
    );
  const data = new Uint8Array(size.width * size.height * 4);
  for (const [channel, band] of drawn.entries())
    for (let i = 0; i < band.length; i++) data[4 * i + channel] = band[i] as number;
  return encodePng({ ...size, data });
}

/** Two pixels wide, opaque. */
function drawOutline(bands: readonly Uint8Array[], grid: Grid, outline: Area): void {
  const toPixel = invertAffine(grid.transform);
  const put = (column: number, row: number) => {
    if (column < 0 || row < 0 || column >= grid.width || row >= grid.height) return;
    const at = row * grid.width + column;
    for (const [channel, value] of [255, 230, 0, 255].entries()) (bands[channel] as Uint8Array)[at] = value;
  };
  for (const rings of polygonsOf(transformArea(outline, 'OGC:CRS84', grid.crs)))
    for (const ring of rings) {
      const points = ring.map(([x, y]) => applyAffine(toPixel, x, y));
      for (const [i, [x1, y1]] of points.entries()) {
        const [x0, y0] = points[Math.max(0, i - 1)] ?? [x1, y1];
        // What lies far outside needs no steps.
        const steps = Math.min(
          4 * (grid.width + grid.height),
          Math.ceil(Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0))),
        );
        for (let step = 0; step <= steps; step++) {
          const part = steps === 0 ? 0 : step / steps;
          const [column, row] = [Math.floor(x0 + (x1 - x0) * part), Math.floor(y0 + (y1 - y0) * part)];
          put(column, row);
          put(column + 1, row);
          put(column, row + 1);
        }
      }
    }
}

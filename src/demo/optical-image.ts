import type { OpticalPass } from './calendar.ts';
import { makeSky, type Sky } from './clouds.ts';
import type { LandCover } from './land-cover.ts';
import { seededNormal } from './random.ts';
import { type OpticalBand, opticalBands, type Surface, surfaceOn } from './surface.ts';

/** Standardized fields over the 10 m grid that stay the same all season. */
export interface Texture {
  readonly vigour: Float32Array;
  readonly tone: Float32Array;
}

/** One overpass as reflectances (0 to 1) on the 10 m grid, without noise. */
export interface OpticalScene {
  readonly pass: OpticalPass;
  readonly reflectance: Readonly<Record<OpticalBand, Float32Array>>;
  readonly sky: Sky;
  /** 1 where the swath reaches. */
  readonly seen: Uint8Array;
}

/** Deviation of the noise in stored numbers (reflectance x 10000). */
export const noiseDn: Readonly<Record<OpticalBand, number>> = {
  B02: 22,
  B03: 24,
  B04: 24,
  B05: 28,
  B08: 42,
  B11: 34,
};

const shadowDepth: Readonly<Record<OpticalBand, number>> = {
  B02: 0.42,
  B03: 0.48,
  B04: 0.52,
  B05: 0.53,
  B08: 0.56,
  B11: 0.6,
};
const cloudReflectance: Readonly<Record<OpticalBand, number>> = {
  B02: 0.62,
  B03: 0.6,
  B04: 0.61,
  B05: 0.62,
  B08: 0.64,
  B11: 0.42,
};
const quantum = 10_000;

/** Computes what the satellite sees: mixed pixels of the land's units under that day's sky. */
export function seeLand(land: LandCover, texture: Texture, pass: OpticalPass, seed: number): OpticalScene {
  const { width, height } = land.grid;
  const surfaces = land.units.map((unit) => surfaceOn(unit, pass.day, pass.wetness));
  const sky = makeSky(width, height, pass.clouds, seed, 'sky', pass.day);
  const planes = opticalBands.map((band, i) => [band, mixBand(land, surfaces, texture, i)] as const);
  for (const [band, plane] of planes) coverBand(plane, band, sky);
  return {
    pass,
    reflectance: Object.fromEntries(planes) as Record<OpticalBand, Float32Array>,
    sky,
    seen: swath(width, height, pass.missing),
  };
}

/** The mean of the four quarters of each pixel. */
export function mixBand(
  { grid, quarters }: LandCover,
  surfaces: readonly Surface[],
  { vigour, tone }: Texture,
  band: number,
): Float32Array {
  const { width, height } = grid;
  const table = new Float64Array(surfaces.length * 3);
  surfaces.forEach((surface, i) => {
    table[3 * i] = surface.mean[band] as number;
    table[3 * i + 1] = surface.vigour[band] as number;
    table[3 * i + 2] = surface.tone[band] as number;
  });
  const plane = new Float32Array(width * height);
  for (let y = 0, pixel = 0; y < height; y++)
    for (let x = 0; x < width; x++, pixel++) {
      const v = vigour[pixel] as number;
      const t = tone[pixel] as number;
      const first = 4 * y * width + 2 * x;
      let sum = 0;
      for (const quarter of [first, first + 1, first + 2 * width, first + 2 * width + 1]) {
        const unit = 3 * (quarters[quarter] as number);
        sum += (table[unit] as number) + (table[unit + 1] as number) * v + (table[unit + 2] as number) * t;
      }
      plane[pixel] = sum / 4;
    }
  return plane;
}

function coverBand(plane: Float32Array, band: OpticalBand, { cloud, shadow }: Sky): void {
  const bright = cloudReflectance[band];
  const depth = shadowDepth[band];
  for (let i = 0; i < plane.length; i++) {
    const opacity = cloud[i] as number;
    const lit = (plane[i] as number) * (1 - depth * (shadow[i] as number));
    plane[i] = lit * (1 - opacity) + bright * (0.55 + 0.45 * opacity) * opacity;
  }
}

/** 0 in the south-east corner that lies beyond the edge of the swath, which runs along the satellite's path. */
function swath(width: number, height: number, missing: number): Uint8Array {
  const seen = new Uint8Array(width * height).fill(1);
  if (missing <= 0) return seen;
  for (let y = 0; y < height; y++) {
    const edge = Math.round(width * (1 - missing * (0.5 + y / height)));
    seen.fill(0, y * width + Math.max(0, edge), (y + 1) * width);
  }
  return seen;
}

/** A band as stored numbers on the 10 m grid, or averaged to 20 m: reflectance x 10000 plus `addedDn`, noise in it, nodata 0. */
export function storedBand(
  scene: OpticalScene,
  band: OpticalBand,
  {
    width,
    height,
    coarse,
    addedDn,
    seed,
  }: { width: number; height: number; coarse: boolean; addedDn: number; seed: number },
): Uint16Array {
  const plane = coarse ? halve(scene.reflectance[band], width, height) : scene.reflectance[band];
  const seen = coarse ? halve(Float32Array.from(scene.seen), width, height) : scene.seen;
  const normal = seededNormal(seed, 'noise', band, scene.pass.day);
  const deviation = noiseDn[band];
  const stored = new Uint16Array(plane.length);
  for (let i = 0; i < stored.length; i++) {
    // The noise is drawn for unseen pixels, too: both processings of a pass must agree wherever both have data.
    const noisy = (plane[i] as number) * quantum * (1 + 0.004 * normal()) + deviation * normal();
    if ((seen[i] as number) >= 1) stored[i] = Math.max(1, Math.min(20_000, Math.round(noisy))) + addedDn;
  }
  return stored;
}

/** The mean of 2 x 2 pixels. */
export function halve(plane: Float32Array, width: number, height: number): Float32Array {
  const [columns, rows] = [width / 2, height / 2];
  const half = new Float32Array(columns * rows);
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < columns; x++) {
      const at = 2 * y * width + 2 * x;
      const top = (plane[at] as number) + (plane[at + 1] as number);
      const bottom = (plane[at + width] as number) + (plane[at + width + 1] as number);
      half[y * columns + x] = (top + bottom) / 4;
    }
  return half;
}

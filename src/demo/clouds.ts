import { noiseField } from './noise.ts';
import { between, seededRandom } from './random.ts';

/** Opacity of the clouds and depth of their shadows at each pixel, 0 to 1. */
export interface Sky {
  readonly cloud: Float32Array;
  readonly shadow: Float32Array;
}

/** A clear sky has neither. `cover` is the share of the area under clouds. */
export function makeSky(
  width: number,
  height: number,
  cover: number,
  ...keys: readonly (number | string)[]
): Sky {
  const size = width * height;
  if (cover <= 0) return { cloud: new Float32Array(size), shadow: new Float32Array(size) };
  const random = seededRandom(...keys, 'sun');
  const wavelength = Math.max(24, width * between(random, 0.12, 0.3));
  const field = noiseField(width, height, { wavelength, octaves: 5, gain: 0.52 }, ...keys, 'clouds');
  const cloud = thicken(field, cover);
  // The sun stands in the south-east at the time of the overpass: shadows fall to the north-west.
  const length = between(random, 12, 30);
  const angle = between(random, 2.2, 2.6);
  const [dx, dy] = [Math.round(length * Math.cos(angle)), Math.round(-length * Math.sin(angle))];
  return { cloud, shadow: displace(cloud, field, { width, height, dx, dy, cover }) };
}

/** Opacity 0 below the quantile that leaves `cover` above it, rising to 1 within one deviation. */
function thicken(field: Float32Array, cover: number): Float32Array {
  const threshold = quantile(field, 1 - cover) - (cover >= 1 ? 0.6 : 0);
  return field.map((value) => smoothstep((value - threshold) / 0.55));
}

interface Displacement {
  readonly width: number;
  readonly height: number;
  readonly dx: number;
  readonly dy: number;
  readonly cover: number;
}

function displace(
  cloud: Float32Array,
  field: Float32Array,
  { width, height, dx, dy, cover }: Displacement,
): Float32Array {
  const shadow = new Float32Array(cloud.length);
  const threshold = quantile(field, 1 - cover);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [fromX, fromY] = [x - dx, y - dy];
      // A shadow from beyond the border is guessed from the nearest cloud inside.
      const at = clamp(fromY, height) * width + clamp(fromX, width);
      shadow[y * width + x] = smoothstep(((field[at] as number) - threshold) / 0.4);
    }
  return shadow;
}

function clamp(value: number, size: number): number {
  return Math.min(size - 1, Math.max(0, value));
}

function quantile(field: Float32Array, share: number): number {
  const sorted = Float32Array.from(
    { length: Math.ceil(field.length / 7) },
    (_, i) => field[7 * i] as number,
  ).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

function smoothstep(t: number): number {
  const bounded = Math.min(1, Math.max(0, t));
  return bounded * bounded * (3 - 2 * bounded);
}

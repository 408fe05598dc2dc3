import { seededRandom } from './random.ts';

export interface NoiseOptions {
  /** Pixels from one hill to the next in the coarsest octave. */
  readonly wavelength: number;
  /** Each octave has half the wavelength and `gain` times the height of the one before. */
  readonly octaves?: number | undefined;
  readonly gain?: number | undefined;
}

/** Smooth noise over a grid, row by row, scaled to mean 0 and standard deviation 1. */
export function noiseField(
  width: number,
  height: number,
  { wavelength, octaves = 1, gain = 0.5 }: NoiseOptions,
  ...keys: readonly (number | string)[]
): Float32Array {
  const field = new Float32Array(width * height);
  let [length, amplitude] = [wavelength, 1];
  for (let octave = 0; octave < octaves; octave++) {
    addOctave(field, width, height, Math.max(1, length), amplitude, [...keys, octave]);
    length /= 2;
    amplitude *= gain;
  }
  return standardize(field);
}

/** Gradient noise (Perlin 1985, quintic fade of 2002): a lattice of random slopes, shifted by a random part of a cell. */
function addOctave(
  field: Float32Array,
  width: number,
  height: number,
  length: number,
  amplitude: number,
  keys: readonly (number | string)[],
): void {
  const random = seededRandom(...keys);
  const [shiftX, shiftY] = [random(), random()];
  const columns = Math.ceil(width / length) + 2;
  const rows = Math.ceil(height / length) + 2;
  const angles = Float64Array.from({ length: columns * rows }, () => 2 * Math.PI * random());
  const slopeX = Float32Array.from(angles, (angle) => amplitude * Math.cos(angle));
  const slopeY = Float32Array.from(angles, (angle) => amplitude * Math.sin(angle));
  const rise = (node: number, dx: number, dy: number): number =>
    (slopeX[node] as number) * dx + (slopeY[node] as number) * dy;
  for (let y = 0; y < height; y++) {
    const row = Math.floor(y / length + shiftY);
    const dy = y / length + shiftY - row;
    const v = smooth(dy);
    for (let x = 0; x < width; x++) {
      const column = Math.floor(x / length + shiftX);
      const dx = x / length + shiftX - column;
      const u = smooth(dx);
      const node = row * columns + column;
      const below = node + columns;
      const top = rise(node, dx, dy) * (1 - u) + rise(node + 1, dx - 1, dy) * u;
      const bottom = rise(below, dx, dy - 1) * (1 - u) + rise(below + 1, dx - 1, dy - 1) * u;
      field[y * width + x] = (field[y * width + x] as number) + top + (bottom - top) * v;
    }
  }
}

function smooth(t: number): number {
  return t * t * t * (t * (t * 6 - 15) + 10);
}

function standardize(field: Float32Array): Float32Array {
  let [sum, squares] = [0, 0];
  for (const value of field) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / field.length;
  const deviation = Math.sqrt(Math.max(squares / field.length - mean * mean, 1e-12));
  return field.map((value) => (value - mean) / deviation);
}

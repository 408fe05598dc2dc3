import { seededRandom } from './random.ts';

export interface NoiseOptions {
  /** Pixels from one hill to the next in the coarsest octave. */
  readonly wavelength: number;
  /** Each octave has half the wavelength and `gain` times the height of the one before. */
  readonly octaves?: number | undefined;
  readonly gain?: number | undefined;
}

/** Smooth value noise over a grid, row by row, scaled to mean 0 and standard deviation 1. */
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

/** Bicubic-smooth interpolation of a lattice of random heights, shifted by a random part of a cell. */
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
  const lattice = Float32Array.from({ length: columns * rows }, () => amplitude * (random() * 2 - 1));
  const at = (column: number, row: number): number => lattice[row * columns + column] as number;
  for (let y = 0; y < height; y++) {
    const row = Math.floor(y / length + shiftY);
    const v = smooth(y / length + shiftY - row);
    for (let x = 0; x < width; x++) {
      const column = Math.floor(x / length + shiftX);
      const u = smooth(x / length + shiftX - column);
      const top = at(column, row) + (at(column + 1, row) - at(column, row)) * u;
      const bottom = at(column, row + 1) + (at(column + 1, row + 1) - at(column, row + 1)) * u;
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

/** Fixed-point constants of libjpeg's accurate integer transform (jidctint.c, 13 bits). */
const BITS = 13;
const fix = {
  c0298: 2446,
  c0390: 3196,
  c0541: 4433,
  c0765: 6270,
  c0899: 7373,
  c1175: 9633,
  c1501: 12299,
  c1847: 15137,
  c1961: 16069,
  c2053: 16819,
  c2562: 20995,
  c3072: 25172,
} as const;
const work = new Int32Array(64);

/**
 * The inverse transform of one block of 8 x 8 coefficients by Loeffler, Ligtenberg and Moschytz, to the last bit as in
 * libjpeg's jidctint.c; samples are written from `at` on, `stride` apart by rows.
 */
export function inverseTransform(
  coefficients: Int16Array,
  from: number,
  target: Uint8ClampedArray,
  at: number,
  stride: number,
): void {
  for (let i = 0; i < 8; i++) pass(coefficients, from + i, 8, i, 8, BITS - 2);
  for (let i = 0; i < 8; i++) pass(work, i * 8, 1, i * 8, 1, BITS + 5);
  for (let row = 0; row < 8; row++)
    for (let column = 0; column < 8; column++)
      target[at + row * stride + column] = (work[row * 8 + column] as number) + 128;
}

function pass(
  source: Int16Array | Int32Array,
  from: number,
  step: number,
  to: number,
  toStep: number,
  shift: number,
): void {
  const s0 = source[from] as number;
  const s1 = source[from + step] as number;
  const s2 = source[from + 2 * step] as number;
  const s3 = source[from + 3 * step] as number;
  const s4 = source[from + 4 * step] as number;
  const s5 = source[from + 5 * step] as number;
  const s6 = source[from + 6 * step] as number;
  const s7 = source[from + 7 * step] as number;
  const round = 1 << (shift - 1);
  const even = (s2 + s6) * fix.c0541;
  const e2 = even - s6 * fix.c1847;
  const e3 = even + s2 * fix.c0765;
  const e0 = (s0 + s4) * 8192;
  const e1 = (s0 - s4) * 8192;
  const t10 = e0 + e3 + round;
  const t13 = e0 - e3 + round;
  const t11 = e1 + e2 + round;
  const t12 = e1 - e2 + round;
  const z5 = (s7 + s3 + s5 + s1) * fix.c1175;
  const z1 = (s7 + s1) * -fix.c0899;
  const z2 = (s5 + s3) * -fix.c2562;
  const z3 = (s7 + s3) * -fix.c1961 + z5;
  const z4 = (s5 + s1) * -fix.c0390 + z5;
  const o0 = s7 * fix.c0298 + z1 + z3;
  const o1 = s5 * fix.c2053 + z2 + z4;
  const o2 = s3 * fix.c3072 + z2 + z3;
  const o3 = s1 * fix.c1501 + z1 + z4;
  work[to] = (t10 + o3) >> shift;
  work[to + 7 * toStep] = (t10 - o3) >> shift;
  work[to + toStep] = (t11 + o2) >> shift;
  work[to + 6 * toStep] = (t11 - o2) >> shift;
  work[to + 2 * toStep] = (t12 + o1) >> shift;
  work[to + 5 * toStep] = (t12 - o1) >> shift;
  work[to + 3 * toStep] = (t13 + o0) >> shift;
  work[to + 4 * toStep] = (t13 - o0) >> shift;
}

const cosines = new Map<number, Float64Array>();

function cosinesOf(size: number): Float64Array {
  let table = cosines.get(size);
  if (table === undefined) {
    table = new Float64Array(size * 8);
    for (let x = 0; x < size; x++)
      for (let u = 0; u < 8; u++)
        table[x * 8 + u] =
          (Math.cos(((2 * x + 1) * u * Math.PI) / (2 * size)) * (u === 0 ? Math.SQRT1_2 : 1)) / 2;
    cosines.set(size, table);
  }
  return table;
}

const rows = new Float64Array(16 * 8);

/**
 * The inverse transform of 8 x 8 coefficients to `width` x `height` samples (8 or 16 each): chrominance that is stored at half
 * the size is enlarged by the transform itself, as in libjpeg 7 and later (jdmaster.c), which GDAL is built with.
 */
export function enlargingTransform(
  coefficients: Int16Array,
  from: number,
  target: Uint8ClampedArray,
  at: number,
  stride: number,
  width: number,
  height: number,
): void {
  const down = cosinesOf(height);
  const across = cosinesOf(width);
  for (let y = 0; y < height; y++)
    for (let u = 0; u < 8; u++) {
      let sum = 0;
      for (let v = 0; v < 8; v++) {
        const value = coefficients[from + v * 8 + u] as number;
        if (value !== 0) sum += value * (down[y * 8 + v] as number);
      }
      rows[y * 8 + u] = sum;
    }
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      let sum = 128.5;
      for (let u = 0; u < 8; u++) sum += (rows[y * 8 + u] as number) * (across[x * 8 + u] as number);
      target[at + y * stride + x] = Math.floor(sum);
    }
}

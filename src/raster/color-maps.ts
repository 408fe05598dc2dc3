import { InvalidArgument } from '../errors.ts';

/** Lightness (0..1), chroma and hue (degrees) in OKLCH, at `at` of 0..1. */
interface Stop {
  readonly at: number;
  readonly lightness: number;
  readonly chroma: number;
  readonly hue: number;
}

/** An even rise of lightness makes equal steps of the value look equal; hue and chroma only help to tell them apart. */
function ramp(from: Omit<Stop, 'at'>, to: Omit<Stop, 'at'>, arch: number): Stop[] {
  return Array.from({ length: 17 }, (_, i) => {
    const at = i / 16;
    const mix = (a: number, b: number): number => a + (b - a) * at;
    const bend = arch * 4 * at * (1 - at);
    return {
      at,
      lightness: mix(from.lightness, to.lightness),
      chroma: mix(from.chroma, to.chroma) + bend,
      hue: mix(from.hue, to.hue),
    };
  });
}

const stops: Readonly<Record<string, readonly Stop[]>> = {
  /** Bare soil, dry, sprouting, closed canopy: from -0.2 to 1 of an index like NDVI. */
  ndvi: [
    { at: 0, lightness: 0.38, chroma: 0.05, hue: 60 },
    { at: 0.25, lightness: 0.72, chroma: 0.09, hue: 75 },
    { at: 0.45, lightness: 0.92, chroma: 0.12, hue: 105 },
    { at: 0.7, lightness: 0.68, chroma: 0.17, hue: 135 },
    { at: 1, lightness: 0.36, chroma: 0.11, hue: 145 },
  ],
  /** Dark blue over green to yellow. */
  meadow: ramp(
    { lightness: 0.25, chroma: 0.09, hue: 290 },
    { lightness: 0.93, chroma: 0.15, hue: 105 },
    0.01,
  ),
  /** Black over red to pale yellow. */
  ember: ramp({ lightness: 0.12, chroma: 0.02, hue: 0 }, { lightness: 0.97, chroma: 0.06, hue: 105 }, 0.13),
  /** Pale to deep blue: water, moisture. */
  depth: ramp({ lightness: 0.96, chroma: 0.02, hue: 200 }, { lightness: 0.3, chroma: 0.12, hue: 265 }, 0.05),
  /** Below and above a middle: differences, anomalies. */
  balance: [
    { at: 0, lightness: 0.38, chroma: 0.12, hue: 255 },
    { at: 0.25, lightness: 0.68, chroma: 0.1, hue: 250 },
    { at: 0.5, lightness: 0.96, chroma: 0, hue: 250 },
    { at: 0.5, lightness: 0.96, chroma: 0, hue: 35 },
    { at: 0.75, lightness: 0.68, chroma: 0.12, hue: 35 },
    { at: 1, lightness: 0.38, chroma: 0.13, hue: 25 },
  ],
};

/** The value itself as red, green and blue. */
const grays = new Uint8Array(768).map((_, i) => Math.floor(i / 3));
const made = new Map<string, Uint8Array>();

/** The names that `colorMap` knows. */
export function colorMapNames(): string[] {
  return ['gray', ...Object.keys(stops)];
}

/**
 * 256 colours as 768 bytes, RGB after RGB; a value t of 0..1 has the colour at 3 * round(255 * t). Do not write into
 * it. Throws `InvalidArgument` for a name it does not know.
 */
export function colorMap(name: string): Uint8Array {
  const known = made.get(name);
  if (known) return known;
  if (name === 'gray') return grays;
  const list = Object.hasOwn(stops, name) ? stops[name] : undefined;
  if (list === undefined) throw new InvalidArgument(`no colour map '${name}': ${colorMapNames().join(', ')}`);
  const table = new Uint8Array(768);
  for (let i = 0; i < 256; i++) table.set(toRgb(stopAt(list, i / 255)), i * 3);
  made.set(name, table);
  return table;
}

function stopAt(list: readonly Stop[], t: number): Stop {
  const above = list.find(({ at }) => at >= t) ?? list.at(-1);
  const below = list.findLast(({ at }) => at <= t) ?? list[0];
  if (!above || !below || above.at === below.at) return above ?? { at: t, lightness: t, chroma: 0, hue: 0 };
  const u = (t - below.at) / (above.at - below.at);
  const mix = (a: number, b: number): number => a + (b - a) * u;
  return {
    at: t,
    lightness: mix(below.lightness, above.lightness),
    chroma: mix(below.chroma, above.chroma),
    hue: mix(below.hue, above.hue),
  };
}

/** The colour a screen can show: chroma is lowered until red, green and blue fit, which keeps lightness and hue. */
function toRgb(stop: Stop): number[] {
  let linear = linearRgb(stop, stop.chroma);
  for (
    let chroma = stop.chroma;
    chroma > 0.001 && linear.some((value) => value < 0 || value > 1);
    chroma *= 0.98
  )
    linear = linearRgb(stop, chroma);
  return linear.map(encode);
}

/** OKLCH to linear sRGB by Ottosson's matrices (https://bottosson.github.io/posts/oklab/). */
function linearRgb({ lightness, hue }: Stop, chroma: number): number[] {
  const a = chroma * Math.cos((hue * Math.PI) / 180);
  const b = chroma * Math.sin((hue * Math.PI) / 180);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

function encode(linear: number): number {
  const value = linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055;
  return Math.round(255 * Math.min(1, Math.max(0, value)));
}

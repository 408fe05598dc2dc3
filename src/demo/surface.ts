import { canopyOn } from './course.ts';
import type { Unit } from './land-cover.ts';

/** The bands that are made, in the order of every spectrum here. */
export const opticalBands = ['B02', 'B03', 'B04', 'B05', 'B08', 'B11'] as const;
export type OpticalBand = (typeof opticalBands)[number];

/**
 * How a unit looks on one day: reflectance (0 to 1) = mean + vigour * v + tone * t, v and t being the standardized fields of
 * growth and of soil brightness at the pixel.
 */
export interface Surface {
  readonly mean: Float64Array;
  readonly vigour: Float64Array;
  readonly tone: Float64Array;
}

type Spectrum = readonly [b02: number, b03: number, b04: number, b05: number, b08: number, b11: number];

// Typical surface reflectances, rounded, as in spectral libraries and as Sentinel-2 shows them over farmland.
const soil: Spectrum = [0.082, 0.112, 0.142, 0.17, 0.212, 0.305];
const leaves: Spectrum = [0.022, 0.052, 0.026, 0.092, 0.47, 0.17];
const straw: Spectrum = [0.086, 0.128, 0.172, 0.212, 0.272, 0.33];
const blossom: Spectrum = [0.045, 0.155, 0.135, 0.2, 0.45, 0.2];
const broadleafTrees: Spectrum = [0.02, 0.045, 0.022, 0.078, 0.4, 0.15];
const bareTrees: Spectrum = [0.045, 0.062, 0.072, 0.095, 0.15, 0.19];
const conifers: Spectrum = [0.018, 0.03, 0.018, 0.045, 0.21, 0.085];
const water: Spectrum = [0.045, 0.048, 0.032, 0.024, 0.014, 0.008];
const asphalt: Spectrum = [0.105, 0.115, 0.125, 0.135, 0.15, 0.17];
const tiles: Spectrum = [0.095, 0.115, 0.175, 0.205, 0.24, 0.27];

const wetSoil = 0.45;
const soilContrast = 0.09;
const materialContrast = 0.05;
const treeContrast = 0.16;

/** The surface of a unit on a day of the year; `wetness` (0 to 1) darkens bare soil. */
export function surfaceOn(unit: Unit, day: number, wetness: number): Surface {
  if (unit.course !== undefined) {
    const { green, dry, flower } = canopyOn(unit.course, day);
    return plants(unit, { green, dry, flower }, wetness);
  }
  switch (unit.cover) {
    case 'forest':
      return trees(unit.kind, day);
    case 'hedge':
      return trees(0, day);
    case 'water':
      return material(water, 1, 0.03);
    case 'road':
      return material(asphalt, unit.tone, materialContrast);
    case 'roof':
      return material(mix(tiles, asphalt, unit.kind), unit.tone, materialContrast);
    default:
      return plants(unit, lawn(unit, day), wetness);
  }
}

interface Cover {
  readonly green: number;
  readonly dry: number;
  readonly flower: number;
}

/** Meadow, garden and track: green from April on, never cut at once. */
function lawn({ cover, kind }: Unit, day: number): Cover {
  const most = cover === 'track' ? 0.55 : 0.7 + 0.2 * kind;
  const green = most * (0.55 + 0.45 * risen(day, 98, 12)) * (1 - 0.25 * risen(day, 285, 12));
  return { green, dry: 0.25 * (1 - green), flower: 0 };
}

function plants({ tone }: Unit, { green, dry, flower }: Cover, wetness: number): Surface {
  const bare = Math.max(0, 1 - green - dry);
  const damp = tone * (1 - wetSoil * wetness);
  // A canopy that is nearly closed varies less from place to place than one half grown.
  const variation = 0.22 * green * (1.12 - green);
  return spectra((band) => {
    const ground = (soil[band] as number) * damp;
    const canopy = (green - flower) * (leaves[band] as number) + flower * (blossom[band] as number);
    return {
      mean: bare * ground + canopy + dry * (straw[band] as number),
      vigour: variation * ((leaves[band] as number) - ground),
      tone: soilContrast * (bare * ground + dry * (straw[band] as number)),
    };
  });
}

function trees(conifer: number, day: number): Surface {
  const leafy = risen(day, 117, 5) * (1 - 0.8 * risen(day, 296, 7));
  const spectrum = mix(mix(bareTrees, broadleafTrees, leafy), conifers, conifer * 0.85);
  return material(spectrum, 1, treeContrast);
}

function material(spectrum: Spectrum, tone: number, contrast: number): Surface {
  return spectra((band) => {
    const mean = (spectrum[band] as number) * tone;
    return { mean, vigour: 0, tone: mean * contrast };
  });
}

function spectra(one: (band: number) => { mean: number; vigour: number; tone: number }): Surface {
  const values = opticalBands.map((_, band) => one(band));
  return {
    mean: Float64Array.from(values, ({ mean }) => mean),
    vigour: Float64Array.from(values, ({ vigour }) => vigour),
    tone: Float64Array.from(values, ({ tone }) => tone),
  };
}

function mix(a: Spectrum, b: Spectrum, t: number): Spectrum {
  const [a0, a1, a2, a3, a4, a5] = a;
  const [b0, b1, b2, b3, b4, b5] = b;
  const at = (x: number, y: number): number => x + (y - x) * t;
  return [at(a0, b0), at(a1, b1), at(a2, b2), at(a3, b3), at(a4, b4), at(a5, b5)];
}

function risen(day: number, half: number, width: number): number {
  return 1 / (1 + Math.exp(-(day - half) / width));
}

/** How a crop's canopy looks to a radar: stems upright, leaves broad, or grass. */
export type Canopy = 'cereal' | 'broadleaf' | 'grass';

/** A value that rises or falls along a logistic curve: half way at `day` (of the year), about 90 % of it within 4.4 `width`. */
export interface Bend {
  readonly day: number;
  readonly width: number;
}

/** The usual course of a crop in a Central European season. Days count from 1 January; greenness is the cover by green leaves, 0 to 1. */
export interface Crop {
  readonly name: string;
  /** Its part of the fields. */
  readonly share: number;
  readonly canopy: Canopy;
  /** Greenness on 1 March, before the rise. */
  readonly early: number;
  readonly rise: Bend;
  readonly peak: number;
  /** Ripening; without it the crop is green until it is taken off. */
  readonly ripening?: Bend | undefined;
  readonly harvest?: number | undefined;
  readonly flowering?: { readonly from: number; readonly to: number; readonly strength: number } | undefined;
  /** Mowings, each followed by regrowth. */
  readonly cuts?: readonly number[] | undefined;
  /** Chance that a catch crop follows the harvest. */
  readonly catchCrop?: number | undefined;
}

export const crops: readonly Crop[] = [
  {
    name: 'winter wheat',
    share: 0.23,
    canopy: 'cereal',
    early: 0.36,
    rise: { day: 98, width: 9 },
    peak: 0.95,
    ripening: { day: 182, width: 6 },
    harvest: 207,
    catchCrop: 0.35,
  },
  {
    name: 'winter barley',
    share: 0.09,
    canopy: 'cereal',
    early: 0.42,
    rise: { day: 92, width: 8 },
    peak: 0.93,
    ripening: { day: 163, width: 6 },
    harvest: 186,
    catchCrop: 0.6,
  },
  {
    name: 'spring barley',
    share: 0.05,
    canopy: 'cereal',
    early: 0.02,
    rise: { day: 118, width: 6 },
    peak: 0.9,
    ripening: { day: 184, width: 6 },
    harvest: 208,
    catchCrop: 0.4,
  },
  {
    name: 'rapeseed',
    share: 0.1,
    canopy: 'broadleaf',
    early: 0.55,
    rise: { day: 88, width: 7 },
    peak: 0.95,
    ripening: { day: 176, width: 7 },
    harvest: 199,
    flowering: { from: 110, to: 138, strength: 0.6 },
    catchCrop: 0.1,
  },
  {
    name: 'maize',
    share: 0.18,
    canopy: 'broadleaf',
    early: 0.02,
    rise: { day: 163, width: 7 },
    peak: 0.94,
    ripening: { day: 258, width: 10 },
    harvest: 270,
  },
  {
    name: 'sugar beet',
    share: 0.07,
    canopy: 'broadleaf',
    early: 0.02,
    rise: { day: 151, width: 8 },
    peak: 0.95,
    ripening: { day: 310, width: 22 },
    harvest: 287,
  },
  {
    name: 'potato',
    share: 0.05,
    canopy: 'broadleaf',
    early: 0.02,
    rise: { day: 152, width: 5 },
    peak: 0.92,
    ripening: { day: 238, width: 4 },
    harvest: 262,
  },
  {
    name: 'sunflower',
    share: 0.03,
    canopy: 'broadleaf',
    early: 0.02,
    rise: { day: 156, width: 7 },
    peak: 0.9,
    ripening: { day: 232, width: 7 },
    harvest: 262,
    flowering: { from: 192, to: 214, strength: 0.3 },
  },
  {
    name: 'grassland',
    share: 0.11,
    canopy: 'grass',
    early: 0.55,
    rise: { day: 95, width: 9 },
    peak: 0.93,
    cuts: [134, 172, 213, 256],
  },
  {
    name: 'extensive grassland',
    share: 0.04,
    canopy: 'grass',
    early: 0.45,
    rise: { day: 104, width: 11 },
    peak: 0.85,
    cuts: [176, 248],
  },
  {
    name: 'alfalfa',
    share: 0.03,
    canopy: 'broadleaf',
    early: 0.35,
    rise: { day: 101, width: 8 },
    peak: 0.94,
    cuts: [141, 180, 220, 264],
  },
  {
    name: 'fallow',
    share: 0.02,
    canopy: 'grass',
    early: 0.25,
    rise: { day: 112, width: 16 },
    peak: 0.72,
    ripening: { day: 222, width: 24 },
    cuts: [232],
  },
];

/** The crop at the place `chance` (0 to 1) of the shares laid end to end. */
export function pickCrop(chance: number): Crop {
  const total = crops.reduce((sum, { share }) => sum + share, 0);
  let left = chance * total;
  for (const crop of crops) {
    left -= crop.share;
    if (left < 0) return crop;
  }
  return crops[0] as Crop;
}

import type { Bend, Crop } from './crops.ts';
import { between, type Random } from './random.ts';

/** What covers the ground, as shares that sum up to 1 with bare soil as the rest. */
export interface Canopy {
  readonly green: number;
  /** Ripe, cut or dead plants: straw, stubble, hay. */
  readonly dry: number;
  /** Part of the green that is hidden under yellow flowers. */
  readonly flower: number;
}

/** One field's own season: its crop with its own delays, vigour, cuts and what follows the harvest. */
export interface Course {
  readonly crop: Crop;
  readonly delay: number;
  readonly vigour: number;
  readonly harvest: number | undefined;
  readonly tillage: number | undefined;
  /** Day on which a catch crop is half up. */
  readonly catchCrop: number | undefined;
  readonly cuts: readonly number[];
}

const regrowthDays = 13;
const afterCut = 0.3;

/** Draws a field's season: neighbours with the same crop differ by days, by vigour and by what their farmers do. */
export function drawCourse(crop: Crop, random: Random): Course {
  const delay = between(random, -6, 6);
  const vigour = between(random, 0.92, 1.02);
  const harvest = crop.harvest === undefined ? undefined : crop.harvest + delay / 2 + between(random, -6, 6);
  const tillage = harvest === undefined ? undefined : harvest + between(random, 6, 26);
  const follows = random() < (crop.catchCrop ?? 0);
  const catchDelay = between(random, 18, 30);
  const cuts = (crop.cuts ?? []).map((day) => day + between(random, -8, 8));
  return {
    crop,
    delay,
    vigour,
    harvest,
    tillage,
    catchCrop: follows && tillage !== undefined ? tillage + catchDelay : undefined,
    cuts,
  };
}

/** The canopy on a day of the year: double logistic course, then harvest, stubble, tillage and catch crop, or mowings. */
export function canopyOn(course: Course, day: number): Canopy {
  const { crop, delay, vigour, harvest } = course;
  if (harvest !== undefined && day >= harvest) return afterHarvest(course, day, harvest);
  const risen = crop.early + (crop.peak * vigour - crop.early) * logistic(crop.rise, day - delay);
  const ripe = crop.ripening === undefined ? 0 : logistic(crop.ripening, day - delay);
  const standing = risen * cutFactor(course.cuts, day);
  const green = standing * (1 - 0.93 * ripe);
  const litter = 0.04 + 0.18 * (risen - standing);
  const dry = Math.min(1 - green, litter + standing * 0.82 * ripe);
  return { green, dry, flower: green * flowering(crop, day - delay) };
}

function afterHarvest(course: Course, day: number, harvest: number): Canopy {
  const { tillage = harvest, catchCrop } = course;
  const tilled = day >= tillage;
  const residue = tilled ? 0.08 : 0.6 * Math.exp(-(day - harvest) / 60);
  // Between harvest and tillage weeds and fallen grain come up, fewer than a sown crop.
  const volunteers = tilled ? 0.03 : 0.03 + 0.12 * (1 - Math.exp(-(day - harvest) / 14));
  const sown =
    catchCrop === undefined ? 0 : 0.75 * course.vigour * logistic({ day: catchCrop, width: 6 }, day);
  const green = Math.max(volunteers, sown);
  return { green, dry: Math.min(residue, 1 - green), flower: 0 };
}

/** The share of the stand that is left or has grown back since the last cut. */
function cutFactor(cuts: readonly number[], day: number): number {
  const last = cuts.filter((cut) => cut <= day).at(-1);
  return last === undefined ? 1 : 1 - (1 - afterCut) * Math.exp(-(((day - last) / regrowthDays) ** 1.6));
}

function flowering({ flowering: bloom }: Crop, day: number): number {
  if (bloom === undefined) return 0;
  const opening = logistic({ day: bloom.from, width: 2.5 }, day);
  return bloom.strength * opening * (1 - logistic({ day: bloom.to, width: 3 }, day));
}

function logistic({ day, width }: Bend, at: number): number {
  return 1 / (1 + Math.exp(-(at - day) / width));
}

import type { RadarPass } from './calendar.ts';
import { canopyOn } from './course.ts';
import type { LandCover, Unit } from './land-cover.ts';
import { mixBand, type Texture } from './optical-image.ts';
import { seededNormal } from './random.ts';
import type { Surface } from './surface.ts';

/** Bands of the radar images: sigma nought in decibels, stored as round((dB + 50) * 100), nodata 0. */
export const radarBands = ['VV', 'VH'] as const;
export type RadarBand = (typeof radarBands)[number];
export const radarScale = 0.01;
export const radarOffset = -50;

const speckleDb = 0.9;

/** What a canopy adds to bare soil at full cover, dB: upright stems damp VV, broad leaves scatter into VH. */
const canopyEffect = { cereal: [-4.5, -1.5], broadleaf: [1.8, 5.5], grass: [-1.2, 1.6] } as const;
const fixed: Readonly<Partial<Record<Unit['cover'], readonly [vv: number, vh: number]>>> = {
  forest: [-8, -13.5],
  hedge: [-9, -14.5],
  water: [-21, -28],
  road: [-15, -23],
  roof: [-2, -10],
  garden: [-8, -14.5],
};

/** Both bands of a pass as stored numbers on the 10 m grid. Radar sees through clouds; `wetness` brightens soil. */
export function radarImage(
  land: LandCover,
  texture: Texture,
  pass: RadarPass,
  seed: number,
): Readonly<Record<RadarBand, Uint16Array>> {
  const surfaces = land.units.map((unit) => backscatter(unit, pass));
  const [vv, vh] = radarBands.map((band, i) => {
    const normal = seededNormal(seed, 'speckle', band, pass.day);
    const plane = mixBand(land, surfaces, texture, i);
    const stored = new Uint16Array(plane.length);
    for (let i = 0; i < stored.length; i++) {
      const db = (plane[i] as number) + speckleDb * normal();
      stored[i] = Math.max(1, Math.round((db - radarOffset) / radarScale));
    }
    return stored;
  });
  return { VV: vv ?? new Uint16Array(), VH: vh ?? new Uint16Array() };
}

function backscatter(unit: Unit, { day, wetness }: RadarPass): Surface {
  const known = fixed[unit.cover];
  if (known !== undefined) return decibels(known[0], known[1], 0.5);
  const [vv, vh] = [-11.5 + 3.5 * wetness + (unit.tone - 1) * 6, -19 + 3 * wetness + (unit.tone - 1) * 6];
  if (unit.course === undefined) return decibels(vv - 0.8, vh + 1, 0.4);
  const { green, dry } = canopyOn(unit.course, day);
  const cover = Math.min(1, green + 0.4 * dry);
  const [onVv, onVh] = canopyEffect[unit.course.crop.canopy];
  return decibels(vv + onVv * cover, vh + onVh * cover, 0.6);
}

function decibels(vv: number, vh: number, texture: number): Surface {
  return {
    mean: Float64Array.of(vv, vh),
    vigour: Float64Array.of(texture / 2, texture / 2),
    tone: Float64Array.of(texture, texture),
  };
}

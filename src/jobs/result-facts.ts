import type { Item } from '../catalog/item.ts';
import { instantOf } from '../cube/calendar.ts';
import type { Dimension } from '../cube/dimension.ts';
import type { GeometrySet, Shape } from '../cube/geometries.ts';
import type { LoadPlan } from '../cube/load-plan.ts';
import type { RasterCube } from '../cube/raster-cube.ts';
import { areaBounds } from '../geometry/area.ts';
import { unionBBox } from '../geometry/bbox.ts';
import { transformBBox } from '../geometry/crs.ts';
import { type BBox, gridBounds } from '../geometry/grid.ts';
import type { GraphResult } from '../graph/run.ts';

/** What a result is, in the terms of STAC and its projection extension; nothing of it is guessed. */
export interface ResultFacts {
  /** Degrees; undefined for results without a place. */
  readonly bbox?: BBox | undefined;
  /** First and last instant, ISO 8601, of the dates of the cube, or else of the images that it was made of. */
  readonly interval?: readonly [string, string] | undefined;
  readonly projection?:
    | {
        /** `EPSG:32633`, as in `proj:code`. */
        readonly code: string;
        readonly bbox: BBox;
        /** Rows, columns. */
        readonly shape: readonly [number, number];
        /** As in `proj:transform`. */
        readonly transform: readonly number[];
      }
    | undefined;
  readonly bands?: readonly string[] | undefined;
  /** The images that were read, by id of a published collection or address (without its query) of a STAC document; the first 1,000. */
  readonly derivedFrom: readonly { readonly collection: string; readonly item: string }[];
}

/** An image and where it was found. */
export interface FoundItem {
  readonly collection: string;
  readonly item: Item;
}

const mostSources = 1_000;

/** Of the images that were found those whose files the plans name, each once. */
export function itemsUsed(found: Iterable<FoundItem>, loads: Iterable<LoadPlan>): FoundItem[] {
  const files = new Set<string>();
  for (const { planes } of loads) for (const assets of planes) for (const { href } of assets) files.add(href);
  const once = new Map([...found].map((one) => [`${one.collection}\n${one.item.id}`, one]));
  return [...once.values()].filter(({ item }) => item.bands.some(({ href }) => files.has(href)));
}

/** What can be said of a result that was made of these images. */
export function factsOf(result: GraphResult, used: readonly FoundItem[]): ResultFacts {
  const instants = used.map(({ item }) => item.datetime).sort();
  const [first, last] = [instants[0], instants.at(-1)];
  const facts: ResultFacts = {
    interval: first === undefined || last === undefined ? undefined : [first, last],
    derivedFrom: used.slice(0, mostSources).map(({ collection, item }) => ({ collection, item: item.id })),
  };
  if (result.kind === 'value') return facts;
  const { dimensions } = result.cube;
  const place = result.kind === 'cube' ? gridFacts(result.cube) : { bbox: boundsOf(result.cube.geometries) };
  const bands = dimensions.find(({ type }) => type === 'bands')?.labels.map(String);
  return { ...facts, ...place, bands, interval: datesOf(dimensions) ?? facts.interval };
}

function gridFacts(cube: RasterCube): Pick<ResultFacts, 'bbox' | 'projection'> {
  const bounds = gridBounds(cube);
  const { crs, transform, width, height } = cube;
  return {
    bbox: transformBBox(bounds, crs, 'OGC:CRS84'),
    projection: { code: crs, bbox: bounds, shape: [height, width], transform: [...transform] },
  };
}

function boundsOf({ crs, features }: GeometrySet): BBox | undefined {
  const boxes = features.flatMap(({ shape }) => (shape === undefined ? [] : [shapeBounds(shape)]));
  const bounds = unionBBox(boxes);
  return bounds && transformBBox(bounds, crs, 'OGC:CRS84');
}

function shapeBounds(shape: Shape): BBox {
  if (shape.type === 'Polygon' || shape.type === 'MultiPolygon') return areaBounds(shape);
  const points = shape.type === 'Point' ? [shape.coordinates] : shape.coordinates;
  const box = unionBBox(points.map(([x, y]): BBox => [x, y, x, y]));
  return box ?? [Number.NaN, Number.NaN, Number.NaN, Number.NaN];
}

/** First and last label of the temporal dimension, where its labels are instants or dates. */
function datesOf(dimensions: readonly Dimension[]): readonly [string, string] | undefined {
  const labels = dimensions.find(({ type }) => type === 'temporal')?.labels ?? [];
  const instants: number[] = [];
  for (const label of labels)
    try {
      instants.push(instantOf(String(label), 'a date'));
    } catch {
      // Periods such as 2026-W07 and labels that a process chose are no instants.
    }
  if (instants.length === 0) return undefined;
  // Not Math.min(...): there may be more of them than a call takes arguments.
  const first = instants.reduce((one, other) => Math.min(one, other));
  const last = instants.reduce((one, other) => Math.max(one, other));
  return [new Date(first).toISOString(), new Date(last).toISOString()];
}

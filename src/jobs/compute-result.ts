import type { Item } from '../catalog/item.ts';
import { instantOf } from '../cube/calendar.ts';
import type { CubeCollection } from '../cube/load-plan.ts';
import type { RasterCube } from '../cube/raster-cube.ts';
import type { EncodedFile } from '../formats/encode-cube.ts';
import { encodeResult } from '../formats/encode-result.ts';
import { transformBBox } from '../geometry/crs.ts';
import { type BBox, type Grid, gridBounds } from '../geometry/grid.ts';
import type { Json } from '../graph/process-graph.ts';
import { type GraphResult, type RunContext, runGraph } from '../graph/run.ts';
import type { OpenPublished } from './published.ts';

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
  /** Images that were found for the collections of the graph. */
  readonly derivedFrom: readonly { readonly collection: string; readonly item: string }[];
}

export interface ComputedResult {
  readonly files: EncodedFile[];
  /** Of a graph that gives no cube. */
  readonly value?: Json | undefined;
  readonly facts: ResultFacts;
}

/** Sources are named up to this many; a result of more says only how many there are. */
const mostSources = 1_000;

export interface ComputeContext extends Omit<RunContext, 'openCollection'> {
  readonly openCollection: OpenPublished;
}

/** A collection that remembers which images it was asked for. */
function watched(
  collection: CubeCollection,
  id: string,
  found: Map<string, { collection: string; item: Item }>,
): CubeCollection {
  return {
    id: collection.id,
    bands: collection.bands,
    items: async (query) => {
      const items = await collection.items(query);
      for (const item of items) found.set(`${id}\n${item.id}`, { collection: id, item });
      return items;
    },
  };
}

/** Runs a graph, and gives what it computed together with what it was made of. Throws as `runGraph` does. */
export async function runWatched(
  graph: unknown,
  context: ComputeContext,
): Promise<{ result: GraphResult; facts: ResultFacts }> {
  const found = new Map<string, { collection: string; item: Item }>();
  const result = await runGraph(graph, {
    ...context,
    openCollection: async (id, options) => watched(await context.openCollection(id, options), id, found),
  });
  const sources = [...found.values()];
  const instants = sources.map(({ item }) => item.datetime).sort();
  const [first, last] = [instants[0], instants.at(-1)];
  const facts: ResultFacts = {
    interval: first === undefined || last === undefined ? undefined : [first, last],
    derivedFrom: sources.slice(0, mostSources).map(({ collection, item }) => ({ collection, item: item.id })),
  };
  if (result.kind !== 'cube') return { result, facts };
  return {
    result,
    facts: { ...facts, ...cubeFacts(result.cube), interval: datesOf(result.cube) ?? facts.interval },
  };
}

/** Runs a graph and encodes its result as `save_result` asked for. Throws as `runGraph` and `encodeResult` do. */
export async function computeResult(graph: unknown, context: ComputeContext): Promise<ComputedResult> {
  const { result, facts } = await runWatched(graph, context);
  const { signal } = context;
  const files = await encodeResult(result, { signal });
  return { files, facts, ...(result.kind === 'value' && { value: result.value }) };
}

function cubeFacts(cube: RasterCube): Pick<ResultFacts, 'bbox' | 'projection' | 'bands'> {
  const grid: Grid = cube;
  const bounds = gridBounds(grid);
  const [a, b, c, d, e, f] = cube.transform;
  return {
    bbox: transformBBox(bounds, cube.crs, 'OGC:CRS84'),
    projection: {
      code: cube.crs,
      bbox: bounds,
      shape: [cube.height, cube.width],
      transform: [a, b, c, d, e, f],
    },
    bands: cube.dimensions.find(({ type }) => type === 'bands')?.labels.map(String),
  };
}

/** First and last label of the temporal dimension, where its labels are instants or dates. */
function datesOf({ dimensions }: RasterCube): readonly [string, string] | undefined {
  const labels = dimensions.find(({ type }) => type === 'temporal')?.labels ?? [];
  const instants = labels
    .flatMap((label) => {
      try {
        return [instantOf(String(label), 'a date')];
      } catch {
        return [];
      }
    })
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  const [first, last] = [instants[0], instants.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  return [new Date(first).toISOString(), new Date(last).toISOString()];
}

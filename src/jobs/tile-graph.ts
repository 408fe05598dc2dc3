import { makeBox } from '../cube/spatial-window.ts';
import { ProcessGraphInvalid } from '../errors.ts';
import type { BBox } from '../geometry/grid.ts';
import type { Json } from '../graph/process-graph.ts';
import type { JsonObject } from './job.ts';

const loads: ReadonlySet<unknown> = new Set(['load_collection', 'load_stac']);

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The nodes of a process: of `{ process_graph }` or of the graph itself. Throws `ProcessGraphInvalid`. */
export function nodesOf(process: Json): JsonObject {
  const graph =
    isJsonObject(process) && isJsonObject(process.process_graph) ? process.process_graph : process;
  if (isJsonObject(graph)) return graph;
  throw new ProcessGraphInvalid('a process graph is an object of nodes');
}

/**
 * The same graph over one box: behind every node that loads, a `filter_bbox` cuts what it loads to the box; extents that the
 * graph has itself hold as well. `crs` is an EPSG number.
 */
export function withinBox(process: Json, [west, south, east, north]: BBox, crs: number): JsonObject {
  const nodes = nodesOf(process);
  const renamed = new Map<string, string>();
  for (const [id, node] of Object.entries(nodes)) {
    if (!isJsonObject(node) || !loads.has(node.process_id)) continue;
    let name = `${id}_within`;
    while (Object.hasOwn(nodes, name)) name += '_';
    renamed.set(id, name);
  }
  const rewired = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(rewired);
    if (!isJsonObject(value)) return value;
    // References inside of a child process name its own nodes.
    if ('process_graph' in value) return value;
    if (typeof value.from_node === 'string')
      return { ...value, from_node: renamed.get(value.from_node) ?? value.from_node };
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, rewired(entry)]));
  };
  const graph = Object.entries(nodes).flatMap(([id, node]): [string, Json][] => {
    if (!isJsonObject(node)) return [[id, node]];
    const { result, ...rest } = node;
    const isResult = result === undefined ? {} : { result };
    const args = isJsonObject(node.arguments) ? { arguments: rewired(node.arguments) } : {};
    const filter = renamed.get(id);
    if (filter === undefined) return [[id, { ...rest, ...args, ...isResult }]];
    const data = { from_node: id };
    const extent = { west, south, east, north, crs };
    return [
      [id, { ...rest, ...args }],
      [filter, { process_id: 'filter_bbox', arguments: { data, extent }, ...isResult }],
    ];
  });
  return { process_graph: Object.fromEntries(graph) };
}

/** What a loading node of a graph asks for: a collection by its id (not of `load_stac`), and a box in degrees or another CRS. */
export interface LoadedBox {
  readonly collection?: string | undefined;
  readonly bbox?: BBox | undefined;
  readonly crs: string;
}

/** What the loading nodes of a graph name; extents that are no plain boxes are left out. */
export function loadedBoxes(process: Json): LoadedBox[] {
  return Object.values(nodesOf(process)).flatMap((node): LoadedBox[] => {
    if (!isJsonObject(node) || !loads.has(node.process_id) || !isJsonObject(node.arguments)) return [];
    const { id, spatial_extent: extent } = node.arguments;
    const collection = typeof id === 'string' ? id : undefined;
    const { west, south, east, north, crs = 4326 } = isJsonObject(extent) ? extent : {};
    if (![west, south, east, north].every((side) => typeof side === 'number' && Number.isFinite(side)))
      return [{ collection, crs: 'OGC:CRS84' }];
    const bbox = [Number(west), Number(south), Number(east), Number(north)] as const;
    return [{ collection, bbox, crs: makeBox(bbox, typeof crs === 'number' ? crs : String(crs)).crs }];
  });
}

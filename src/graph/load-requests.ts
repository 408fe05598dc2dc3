import { geometriesOf, isGeoJson } from '../cube/geometries.ts';
import type { LoadRequest } from '../cube/load-plan.ts';
import { ProcessParameterInvalid, Unsupported } from '../errors.ts';
import { boxOf, intervalOf } from '../processes/cube-filter.ts';
import type { Arguments, Value } from '../processes/value.ts';
import { evaluateGraph } from './evaluate.ts';
import type { Argument, Json, ParsedGraph, ParsedNode } from './process-graph.ts';
import { consumersOf } from './validate.ts';

/** A `load_collection` or `load_stac` node: the collection or address it names and what of it is wanted. */
export interface PlannedLoad {
  readonly node: string;
  readonly source: { readonly collection: string } | { readonly stac: string };
  readonly request: LoadRequest;
}

/** The literal value of an argument; null where it is left out. Throws `ProcessParameterInvalid` for references. */
function literal(node: ParsedNode, name: string): Value {
  const argument = node.args.get(name);
  if (argument === undefined) return null;
  if (argument.kind === 'literal') return argument.value;
  throw new ProcessParameterInvalid(`${node.id}: '${name}' must be given in the graph, not computed by it`);
}

/**
 * The `load_collection` and `load_stac` nodes of a graph with what follows from their arguments and from the filters right behind them
 * (`filter_bbox`, `filter_spatial` and `filter_temporal`, as long as nothing else uses the cube in between), so that no more of the
 * collection is opened than is needed. Bands need no such care: pixels that no result depends on are never read.
 */
export function loadRequests(graph: ParsedGraph): PlannedLoad[] {
  const consumers = consumersOf(graph);
  return [...graph.nodes.values()]
    .filter(({ process }) => process === 'load_collection' || process === 'load_stac')
    .map((node) => {
      let request = ownRequest(node);
      for (
        let next = onlyConsumer(node, consumers);
        next !== undefined;
        next = onlyConsumer(next, consumers)
      ) {
        const narrowed = narrow(request, next);
        if (narrowed === undefined) break;
        request = narrowed;
      }
      const source =
        node.process === 'load_stac'
          ? { stac: String(literal(node, 'url')) }
          : { collection: String(literal(node, 'id')) };
      return { node: node.id, source, request };
    });
}

function onlyConsumer(
  node: ParsedNode,
  consumers: ReadonlyMap<string, readonly ParsedNode[]>,
): ParsedNode | undefined {
  const users = consumers.get(node.id) ?? [];
  return users.length === 1 ? users[0] : undefined;
}

function ownRequest(node: ParsedNode): LoadRequest {
  const extent = literal(node, 'spatial_extent');
  const shapes = isGeoJson(extent) ? [geometriesOf(extent, `${node.id}: ${node.process}`)] : [];
  const interval = literal(node, 'temporal_extent');
  const bands = literal(node, 'bands');
  return {
    boxes: extent === null || shapes.length > 0 ? [] : [boxOf(extent, node.process)],
    geometries: shapes,
    interval: interval === null ? undefined : intervalOf(interval, node.process),
    bands: bands === null ? undefined : (bands as readonly Value[]).map(String),
    keep: conditions(node),
  };
}

/** Null, or an object without conditions. */
function isNoCondition(value: Json): boolean {
  return (
    value === null || (typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length === 0)
  );
}

/** `properties` as a function of an image's metadata. */
function conditions(node: ParsedNode): LoadRequest['keep'] {
  const argument = node.args.get('properties');
  if (argument === undefined || (argument.kind === 'literal' && isNoCondition(argument.value)))
    return undefined;
  if (argument.kind !== 'object' || [...argument.entries.values()].some(({ kind }) => kind !== 'process'))
    throw new ProcessParameterInvalid(`${node.id}: properties must map names to processes`);
  const entries = [...argument.entries] as [string, Extract<Argument, { kind: 'process' }>][];
  const scope = {
    loaded: () => {
      throw new Unsupported(`${node.id}: a condition on properties cannot load a collection`);
    },
    save: () => undefined,
  };
  return (item) =>
    entries.every(([name, { graph }]) => {
      const given = Object.hasOwn(item.properties, name) ? item.properties[name] : undefined;
      const parameters: Arguments = { value: (given ?? null) as Value };
      return evaluateGraph(graph, parameters, scope, `${node.id}/${name}`) === true;
    });
}

/** The request with a filter applied, or undefined when the node is no filter that can be applied before reading. */
function narrow(request: LoadRequest, node: ParsedNode): LoadRequest | undefined {
  const extent = node.args.get('extent');
  const shapes = node.args.get('geometries');
  if (node.process === 'filter_bands') return request;
  if (node.process === 'filter_spatial' && shapes?.kind === 'literal')
    return {
      ...request,
      geometries: [...(request.geometries ?? []), geometriesOf(shapes.value, 'filter_spatial')],
    };
  if (extent?.kind !== 'literal') return undefined;
  if (node.process === 'filter_bbox')
    return { ...request, boxes: [...(request.boxes ?? []), boxOf(extent.value, 'filter_bbox')] };
  if (node.process === 'filter_temporal') {
    const { from, to } = intervalOf(extent.value, 'filter_temporal');
    const before = request.interval ?? { from, to };
    const interval = { from: Math.max(from, before.from), to: Math.min(to, before.to) };
    return interval.from < interval.to ? { ...request, interval } : undefined;
  }
  return undefined;
}

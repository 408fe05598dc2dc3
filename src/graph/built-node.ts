import { InvalidArgument } from '../errors.ts';
import type { Json, ProcessGraph, ProcessNode } from './process-graph.ts';

/** A node of a graph under construction. It refers to other nodes directly; ids come when the graph is written out. */
export interface BuiltNode {
  readonly node: true;
  readonly process: string;
  readonly args: Readonly<Record<string, BuiltArgument>>;
}

/** A parameter of the child process that is being built. */
export interface BuiltParameter {
  readonly parameter: string;
}

/** A child process, by its result node. */
export interface BuiltChild {
  readonly child: BuiltNode;
}

export type BuiltArgument =
  | Json
  | BuiltNode
  | BuiltParameter
  | BuiltChild
  | readonly BuiltArgument[]
  | { readonly entries: Readonly<Record<string, BuiltArgument>> };

/** A node; arguments that are undefined are left out. */
export function buildNode(
  process: string,
  args: Readonly<Record<string, BuiltArgument | undefined>>,
): BuiltNode {
  const given = Object.entries(args).filter(
    (entry): entry is [string, BuiltArgument] => entry[1] !== undefined,
  );
  return { node: true, process, args: Object.fromEntries(given) };
}

function isBuilt<Key extends string>(
  value: BuiltArgument,
  key: Key,
): value is Extract<BuiltArgument, Record<Key, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && key in value;
}

/**
 * Writes a graph out as openEO JSON, inputs before users. A node is called after its process with a running number
 * (`filterbands1`); nodes that are used twice stand there once.
 */
export function writeGraph(result: BuiltNode): ProcessGraph {
  const ids = new Map<BuiltNode, string>();
  const counts = new Map<string, number>();
  const graph: Record<string, ProcessNode> = {};

  const writeNode = (node: BuiltNode): string => {
    const known = ids.get(node);
    if (known !== undefined) return known;
    const written: Record<string, Json> = {};
    for (const [name, argument] of Object.entries(node.args)) written[name] = writeArgument(argument);
    const stem = node.process.replaceAll('_', '');
    const count = (counts.get(stem) ?? 0) + 1;
    counts.set(stem, count);
    const id = `${stem}${count}`;
    ids.set(node, id);
    graph[id] = { process_id: node.process, arguments: written, ...(node === result && { result: true }) };
    return id;
  };

  const writeArgument = (argument: BuiltArgument): Json => {
    if (isBuilt(argument, 'node')) return { from_node: writeNode(argument as BuiltNode) };
    if (isBuilt(argument, 'parameter')) return { from_parameter: (argument as BuiltParameter).parameter };
    if (isBuilt(argument, 'child'))
      return { process_graph: writeGraph((argument as BuiltChild).child) as unknown as Json };
    if (isBuilt(argument, 'entries')) {
      const { entries } = argument as { entries: Readonly<Record<string, BuiltArgument>> };
      return Object.fromEntries(Object.entries(entries).map(([key, entry]) => [key, writeArgument(entry)]));
    }
    if (Array.isArray(argument)) return argument.map(writeArgument);
    if (typeof argument === 'number' && !Number.isFinite(argument))
      throw new InvalidArgument(`a process graph is JSON and cannot hold ${argument}`);
    return argument as Json;
  };

  writeNode(result);
  return graph;
}

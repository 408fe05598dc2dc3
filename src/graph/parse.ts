import { checkLimit } from '../limits.ts';
import type { Argument, Json, ParsedGraph, ParsedNode, Problem } from './process-graph.ts';

type JsonObject = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Finds the graph in what a user may hand over: the nodes themselves, `{process_graph}`, or `{process: {process_graph}}`. */
function unwrap(json: unknown): unknown {
  if (!isObject(json)) return json;
  if (isObject(json.process_graph)) return json.process_graph;
  if (isObject(json.process) && isObject(json.process.process_graph)) return json.process.process_graph;
  return json;
}

/**
 * Turns JSON into nodes and arguments. What is not a graph is told in `problems`, and the rest is still parsed, so that
 * the user learns of everything at once. Throws `LimitExceeded` for graphs of too many nodes or too deep nesting.
 */
export function parseGraph(json: unknown): { graph: ParsedGraph; problems: readonly Problem[] } {
  const problems: Problem[] = [];
  let count = 0;

  const parseNodes = (value: unknown, path: string, depth: number): ParsedGraph => {
    checkLimit('graphDepth', depth, `process graph${path === '' ? '' : ` in ${path}`}`);
    const nodes = new Map<string, ParsedNode>();
    if (!isObject(value) || Object.keys(value).length === 0) {
      problems.push({
        code: 'ProcessGraphMissing',
        node: path,
        message: 'a process graph is an object with at least one node',
      });
      return { nodes };
    }
    for (const [id, node] of Object.entries(value)) {
      count += 1;
      checkLimit('graphNodes', count, 'process graph');
      const here = path === '' ? id : `${path}/${id}`;
      if (!isObject(node) || typeof node.process_id !== 'string') {
        problems.push({
          code: 'ProcessGraphInvalid',
          node: here,
          message: 'a node is an object with a process_id',
        });
        continue;
      }
      const given = node.arguments ?? {};
      if (!isObject(given))
        problems.push({ code: 'ProcessGraphInvalid', node: here, message: 'arguments must be an object' });
      const args = new Map<string, Argument>();
      for (const [name, argument] of Object.entries(isObject(given) ? given : {}))
        args.set(name, parseArgument(argument, here, depth + 1));
      nodes.set(id, { id, process: node.process_id, args, isResult: node.result === true });
    }
    return { nodes };
  };

  const parseArgument = (value: unknown, path: string, depth: number): Argument => {
    checkLimit('graphDepth', depth, `process graph: an argument of ${path}`);
    if (Array.isArray(value)) {
      const items = value.map((item) => parseArgument(item, path, depth + 1));
      return items.every((item) => item.kind === 'literal')
        ? { kind: 'literal', value: value as Json }
        : { kind: 'array', items };
    }
    if (!isObject(value)) return { kind: 'literal', value: (value ?? null) as Json };
    if (typeof value.from_node === 'string') return { kind: 'node', id: value.from_node };
    if (typeof value.from_parameter === 'string') return { kind: 'parameter', name: value.from_parameter };
    if ('process_graph' in value)
      return { kind: 'process', graph: parseNodes(value.process_graph, path, depth + 1) };
    const entries = new Map(
      Object.entries(value).map(([key, entry]) => [key, parseArgument(entry, path, depth + 1)] as const),
    );
    return [...entries.values()].every((entry) => entry.kind === 'literal')
      ? { kind: 'literal', value: value as Json }
      : { kind: 'object', entries };
  };

  const graph = parseNodes(unwrap(json), '', 1);
  return { graph, problems };
}

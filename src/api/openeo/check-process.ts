import { parseGraph } from '../../graph/parse.ts';
import type { ParsedGraph } from '../../graph/process-graph.ts';
import { validateGraph } from '../../graph/validate.ts';

/** One thing that is wrong with a process, as `POST /validation` lists it. */
export interface ProcessProblem {
  readonly code: string;
  readonly message: string;
}

/**
 * Everything that is wrong with a process of a user (`process_graph` and, where others call it, `parameters`), also what only
 * this server can say: collections that it does not have. Throws `LimitExceeded`.
 */
export function processProblems(
  process: Readonly<Record<string, unknown>>,
  collections: ReadonlyMap<string, string>,
): ProcessProblem[] {
  const graph = process.process_graph ?? {};
  const declared = Array.isArray(process.parameters) ? (process.parameters as unknown[]) : [];
  const names = declared.flatMap((parameter) => {
    const name = (parameter as { name?: unknown } | null)?.name;
    return typeof name === 'string' ? [name] : [];
  });
  // The nodes alone: a node may be called process_graph.
  const wrapped = { process_graph: graph };
  const problems = validateGraph(wrapped, names).map(({ code, node, message }) => ({
    code,
    message: node === '' ? message : `${node}: ${message}`,
  }));
  const missing = [...missingCollections(parseGraph(wrapped).graph, collections)];
  return [...problems, ...missing.map((message) => ({ code: 'CollectionNotFound', message }))];
}

/** The collections that a graph names and this server does not have, in words. */
export function* missingCollections(
  graph: ParsedGraph,
  collections: ReadonlyMap<string, string>,
  path = '',
): Generator<string> {
  for (const { id, process, args } of graph.nodes.values()) {
    const here = path === '' ? id : `${path}/${id}`;
    const named = process === 'load_collection' ? args.get('id') : undefined;
    if (named?.kind === 'literal' && typeof named.value === 'string' && !collections.has(named.value))
      yield `${here}: there is no collection '${named.value}'; there are ${[...collections.keys()].join(', ')}`;
    for (const argument of args.values())
      if (argument.kind === 'process') yield* missingCollections(argument.graph, collections, here);
  }
}

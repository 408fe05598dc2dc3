import { outputFormats } from '../../formats/output-formats.ts';
import { parseGraph } from '../../graph/parse.ts';
import type { Argument, ParsedGraph } from '../../graph/process-graph.ts';
import { validateGraph } from '../../graph/validate.ts';

/** One thing that is wrong with a process, as `POST /validation` lists it. */
export interface ProcessProblem {
  readonly code: string;
  readonly message: string;
}

/**
 * Everything that is wrong with a process of a user (`process_graph` and, where others call it, `parameters`), also what only
 * this server can say: collections that it does not have, formats that it does not write. Throws `LimitExceeded`.
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
  return [...problems, ...offerProblems(parseGraph(wrapped).graph, collections)];
}

/** Collections and formats that a graph names and this server does not have. */
export function* offerProblems(
  graph: ParsedGraph,
  collections: ReadonlyMap<string, string>,
  path = '',
): Generator<ProcessProblem> {
  for (const { id, process, args } of graph.nodes.values()) {
    const here = path === '' ? id : `${path}/${id}`;
    const collection = process === 'load_collection' ? textOf(args.get('id')) : undefined;
    if (collection !== undefined && !collections.has(collection))
      yield {
        code: 'CollectionNotFound',
        message: `${here}: there is no collection '${collection}'; there are ${[...collections.keys()].join(', ')}`,
      };
    const format = process === 'save_result' ? textOf(args.get('format')) : undefined;
    if (
      format !== undefined &&
      !outputFormats.some(({ name }) => name.toLowerCase() === format.toLowerCase())
    )
      yield {
        code: 'FileTypeInvalid',
        message: `${here}: there is no output format '${format}'; there are ${outputFormats.map(({ name }) => name).join(', ')}`,
      };
    for (const argument of args.values())
      if (argument.kind === 'process') yield* offerProblems(argument.graph, collections, here);
  }
}

function textOf(argument: Argument | undefined): string | undefined {
  return argument?.kind === 'literal' && typeof argument.value === 'string' ? argument.value : undefined;
}

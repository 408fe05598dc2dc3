import {
  FormatUnsupported,
  type FurrowError,
  ProcessGraphInvalid,
  ProcessParameterInvalid,
  ProcessParameterRequired,
  ProcessUnsupported,
  Unsupported,
} from '../errors.ts';
import type { JsonSchema, ProcessParameter } from '../processes/definition.ts';
import { processes } from '../processes/registry.ts';
import type { Arguments } from '../processes/value.ts';
import { inOrder } from './order.ts';
import { parseGraph } from './parse.ts';
import {
  type Argument,
  type ParsedGraph,
  type ParsedNode,
  type Problem,
  referencedNodes,
} from './process-graph.ts';
import { schemaProblem } from './schema-check.ts';

function schemasOf({ schema }: ProcessParameter): readonly JsonSchema[] {
  return Array.isArray(schema) ? (schema as readonly JsonSchema[]) : [schema as JsonSchema];
}

/** Names of the parameters that a child process in this argument may refer to. */
function childParameters(parameter: ProcessParameter): readonly string[] | undefined {
  const schemas = schemasOf(parameter).flatMap((schema) =>
    typeof schema.additionalProperties === 'object' ? [schema, schema.additionalProperties] : [schema],
  );
  const child = schemas.find(({ subtype }) => subtype === 'process-graph');
  return child?.parameters?.map(({ name }) => name);
}

function* argumentProblems(
  argument: Argument,
  parameter: ProcessParameter,
  graph: ParsedGraph,
  scope: ReadonlySet<string>,
  path: string,
): Generator<Problem> {
  const invalid = (message: string): Problem => ({ code: 'ProcessParameterInvalid', node: path, message });
  switch (argument.kind) {
    case 'literal': {
      const problem = schemaProblem(parameter.schema, argument.value);
      if (problem !== undefined)
        yield invalid(
          `argument '${parameter.name}' ${problem}, not ${shorten(JSON.stringify(argument.value))}`,
        );
      return;
    }
    case 'node':
      if (!graph.nodes.has(argument.id))
        yield {
          code: 'ProcessGraphInvalid',
          node: path,
          message: `argument '${parameter.name}' refers to '${argument.id}', which is no node here`,
        };
      return;
    case 'parameter':
      if (!scope.has(argument.name))
        yield {
          code: 'ProcessGraphInvalid',
          node: path,
          message: `argument '${parameter.name}' refers to parameter '${argument.name}', which is not defined here`,
        };
      return;
    case 'process': {
      const names = childParameters(parameter);
      if (names === undefined) yield invalid(`argument '${parameter.name}' cannot be a process`);
      yield* graphProblems(argument.graph, new Set([...scope, ...(names ?? [])]), path);
      return;
    }
    case 'array':
      for (const item of argument.items)
        if (item.kind !== 'literal') yield* argumentProblems(item, parameter, graph, scope, path);
      return;
    case 'object':
      for (const entry of argument.entries.values())
        if (entry.kind !== 'literal') yield* argumentProblems(entry, parameter, graph, scope, path);
  }
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function* nodeProblems(
  node: ParsedNode,
  graph: ParsedGraph,
  scope: ReadonlySet<string>,
  path: string,
): Generator<Problem> {
  const found = processes.get(node.process);
  if (found === undefined) {
    yield { code: 'ProcessUnsupported', node: path, message: `there is no process '${node.process}'` };
    return;
  }
  const { definition, check } = found;
  for (const parameter of definition.parameters) {
    const argument = node.args.get(parameter.name);
    if (argument !== undefined) yield* argumentProblems(argument, parameter, graph, scope, path);
    else if (parameter.optional !== true)
      yield {
        code: 'ProcessParameterRequired',
        node: path,
        message: `${node.process} needs the argument '${parameter.name}'`,
      };
  }
  for (const name of node.args.keys())
    if (!definition.parameters.some((parameter) => parameter.name === name))
      yield {
        code: 'ProcessParameterInvalid',
        node: path,
        message: `${node.process} has no parameter '${name}'`,
      };
  for (const problem of check?.(statedArguments(node)) ?? []) yield { ...problem, node: path };
}

/** The arguments that are written in the graph itself. */
function statedArguments({ args }: ParsedNode): Arguments {
  return Object.fromEntries(
    [...args].flatMap(([name, argument]) => (argument.kind === 'literal' ? [[name, argument.value]] : [])),
  );
}

function* graphProblems(graph: ParsedGraph, scope: ReadonlySet<string>, path: string): Generator<Problem> {
  if (graph.nodes.size === 0) return;
  const invalid = (message: string): Problem => ({ code: 'ProcessGraphInvalid', node: path, message });
  const results = [...graph.nodes.values()].filter((node) => node.isResult);
  if (results.length === 0) yield invalid('no node is marked as the result');
  if (results.length > 1)
    yield invalid(`several nodes are marked as the result: ${results.map(({ id }) => id).join(', ')}`);
  for (const node of graph.nodes.values())
    yield* nodeProblems(node, graph, scope, path === '' ? node.id : `${path}/${node.id}`);
  const { cycle } = inOrder(graph);
  if (cycle !== undefined) yield invalid(`the nodes ${cycle.join(' -> ')} wait for each other`);
}

/**
 * Everything that is wrong with a process graph, found without running it; an empty list when it can be run. `parameters` are names
 * that it may refer to: those of a process that is to be called by others.
 */
export function validateGraph(json: unknown, parameters: readonly string[] = []): readonly Problem[] {
  const { graph, problems } = parseGraph(json);
  return [...problems, ...graphProblems(graph, new Set(parameters), '')];
}

/** Parses a graph that can be run. Throws the error class of the first problem, with all of them in its message. */
export function checkGraph(json: unknown): ParsedGraph {
  const { graph, problems: parsing } = parseGraph(json);
  const problems = [...parsing, ...graphProblems(graph, new Set(), '')];
  const first = problems[0];
  if (first !== undefined) throw problemError(first.code, problems);
  return graph;
}

function problemError(code: Problem['code'], problems: readonly Problem[]): FurrowError {
  const text = problems
    .map(({ node, message }) => (node === '' ? message : `${node}: ${message}`))
    .join('\n');
  switch (code) {
    case 'ProcessUnsupported':
      return new ProcessUnsupported(text);
    case 'ProcessParameterRequired':
      return new ProcessParameterRequired(text);
    case 'ProcessParameterInvalid':
      return new ProcessParameterInvalid(text);
    case 'FileTypeInvalid':
      return new FormatUnsupported(text);
    case 'FeatureUnsupported':
      return new Unsupported(text);
    default:
      return new ProcessGraphInvalid(text);
  }
}

/** The nodes that use the result of each node. */
export function consumersOf(graph: ParsedGraph): ReadonlyMap<string, readonly ParsedNode[]> {
  const consumers = new Map<string, ParsedNode[]>();
  for (const node of graph.nodes.values())
    for (const argument of node.args.values())
      for (const id of referencedNodes(argument)) consumers.set(id, [...(consumers.get(id) ?? []), node]);
  return consumers;
}

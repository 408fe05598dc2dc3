import { brand } from '../cube/brand.ts';
import type { Cube } from '../cube/cube.ts';
import { ProcessGraphInvalid, ProcessParameterRequired } from '../errors.ts';
import { findProcess } from '../processes/registry.ts';
import type { Arguments, ChildProcess, Scope, Value } from '../processes/value.ts';
import { inOrder } from './order.ts';
import type { Argument, ParsedGraph, ParsedNode } from './process-graph.ts';

/** What the nodes of a graph may ask of the run; `node` is the node that asks. */
export interface GraphScope {
  loaded(node: ParsedNode): Cube;
  save(cube: Cube, format: string, options: Arguments): void;
}

/**
 * Links the graph up: every node's process is called once, and what comes out for cubes is planes that are not yet
 * computed. Gives the value of the result node. No pixel is touched. Throws what the processes throw.
 */
export function evaluateGraph(
  graph: ParsedGraph,
  parameters: Arguments,
  scope: GraphScope,
  path = '',
): Value {
  const values = new Map<string, Value>();
  const { nodes, cycle } = inOrder(graph);
  if (cycle !== undefined)
    throw new ProcessGraphInvalid(`the nodes ${cycle.join(' -> ')} wait for each other`);
  let result: Value = null;
  for (const node of nodes) {
    const here = path === '' ? node.id : `${path}/${node.id}`;
    const process = findProcess(node.process, here);
    const args: Record<string, Value> = {};
    for (const parameter of process.definition.parameters) {
      const argument = node.args.get(parameter.name);
      if (argument !== undefined) args[parameter.name] = resolve(argument, values, parameters, scope, here);
      else if ('default' in parameter) args[parameter.name] = parameter.default as Value;
      else if (parameter.optional !== true)
        throw new ProcessParameterRequired(`${here}: ${node.process} needs the argument '${parameter.name}'`);
    }
    const nodeScope: Scope = { loaded: () => scope.loaded(node), save: scope.save };
    const value = process.run(args, nodeScope);
    values.set(node.id, value);
    if (node.isResult) result = value;
  }
  return result;
}

function resolve(
  argument: Argument,
  values: ReadonlyMap<string, Value>,
  parameters: Arguments,
  scope: GraphScope,
  path: string,
): Value {
  const inner = (part: Argument) => resolve(part, values, parameters, scope, path);
  switch (argument.kind) {
    case 'literal':
      return argument.value;
    case 'node': {
      const value = values.get(argument.id);
      if (value === undefined)
        throw new ProcessGraphInvalid(`${path} refers to '${argument.id}', which is no node here`);
      return value;
    }
    case 'parameter': {
      const value = Object.hasOwn(parameters, argument.name) ? parameters[argument.name] : undefined;
      if (value === undefined)
        throw new ProcessGraphInvalid(
          `${path} refers to parameter '${argument.name}', which is not defined here`,
        );
      return value;
    }
    case 'array':
      return argument.items.map(inner);
    case 'object':
      return Object.fromEntries([...argument.entries].map(([key, entry]) => [key, inner(entry)]));
    case 'process':
      return childProcess(argument.graph, parameters, scope, path);
  }
}

/** A child process sees its own parameters and those of the processes around it. */
function childProcess(graph: ParsedGraph, outer: Arguments, scope: GraphScope, path: string): ChildProcess {
  return {
    [brand]: 'child',
    call: (parameters) => evaluateGraph(graph, { ...outer, ...parameters }, scope, path),
  };
}

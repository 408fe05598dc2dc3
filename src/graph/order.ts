import { type ParsedGraph, type ParsedNode, referencedNodes } from './process-graph.ts';

/**
 * The nodes so that each comes after those it refers to; references to unknown nodes are passed over. `cycle` names nodes
 * that wait for each other; `nodes` is then incomplete.
 */
export function inOrder(graph: ParsedGraph): {
  nodes: readonly ParsedNode[];
  cycle?: readonly string[] | undefined;
} {
  const inputs = new Map<string, string[]>();
  for (const node of graph.nodes.values())
    inputs.set(
      node.id,
      [...node.args.values()]
        .flatMap((argument) => [...referencedNodes(argument)])
        .filter((id) => graph.nodes.has(id)),
    );
  const nodes: ParsedNode[] = [];
  const state = new Map<string, 'open' | 'done'>();
  for (const start of graph.nodes.keys()) {
    const path = state.has(start) ? [] : [{ id: start, next: 0 }];
    if (path.length > 0) state.set(start, 'open');
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const input = inputs.get(top.id)?.[top.next];
      top.next += 1;
      if (input === undefined) {
        path.pop();
        state.set(top.id, 'done');
        const node = graph.nodes.get(top.id);
        if (node !== undefined) nodes.push(node);
      } else if (state.get(input) === 'open') {
        const from = path.findIndex(({ id }) => id === input);
        return { nodes, cycle: [...path.slice(from).map(({ id }) => id), input] };
      } else if (!state.has(input)) {
        state.set(input, 'open');
        path.push({ id: input, next: 0 });
      }
    }
  }
  return { nodes };
}

import type { Cube } from '../cube/cube.ts';
import { cubeFromPlan, type LoadPlan } from '../cube/load-plan.ts';
import { ProcessGraphInvalid, Unsupported } from '../errors.ts';
import type { Arguments, Value } from '../processes/value.ts';
import { evaluateGraph } from './evaluate.ts';
import { parseGraph } from './parse.ts';
import type { Json } from './process-graph.ts';

/** A graph with its collections opened and planned: plain data, from which every worker thread links the same cube. */
export interface GraphPlan {
  readonly graph: Json;
  /** By id of the `load_collection` or `load_stac` node. */
  readonly loads: ReadonlyMap<string, LoadPlan>;
}

/** How `save_result` wants the result. */
export interface SaveRequest {
  readonly cube: Cube;
  readonly format: string;
  readonly options: Arguments;
}

/** Links a planned graph: the value of its result node, cubes not yet computed. */
export function linkPlan(plan: GraphPlan): { value: Value; saves: readonly SaveRequest[] } {
  const saves: SaveRequest[] = [];
  const { graph } = parseGraph(plan.graph);
  const cubes = new Map<string, Cube>();
  const value = evaluateGraph(
    graph,
    {},
    {
      loaded: ({ id }) => {
        const known = cubes.get(id);
        if (known !== undefined) return known;
        const load = plan.loads.get(id);
        if (load === undefined)
          throw new Unsupported(`${id}: loading inside of a child process is not built`);
        const cube = cubeFromPlan(load);
        cubes.set(id, cube);
        return cube;
      },
      save: (cube, format, options) => saves.push({ cube, format, options }),
    },
  );
  if (saves.length > 1)
    throw new ProcessGraphInvalid(
      `the graph has ${saves.length} save_result nodes; run one graph for each result`,
    );
  return { value, saves };
}

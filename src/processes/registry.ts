import { ProcessUnsupported } from '../errors.ts';
import { arrayProcesses } from './arrays.ts';
import { changedArrayProcesses } from './arrays-changed.ts';
import { eachElementProcesses } from './arrays-each.ts';
import { comparisonProcesses } from './comparison.ts';
import { cubeAggregateProcesses } from './cube-aggregate.ts';
import { cubeCombineProcesses } from './cube-combine.ts';
import { cubeDimensionProcesses } from './cube-dimensions.ts';
import { cubeFilterProcesses } from './cube-filter.ts';
import { cubeKernelProcesses } from './cube-kernel.ts';
import { cubeReduceProcesses } from './cube-reduce.ts';
import { cubeResampleProcesses } from './cube-resample.ts';
import { cubeSpatialProcesses } from './cube-spatial.ts';
import { cubeZonalProcesses } from './cube-zonal.ts';
import { cumulativeProcesses } from './cumulative.ts';
import { dateProcesses } from './dates.ts';
import type { Process } from './definition.ts';
import { indexProcesses } from './indices.ts';
import { interpolationProcesses } from './interpolation.ts';
import { loadSaveProcesses } from './load-save.ts';
import { logicProcesses } from './logic.ts';
import { mathProcesses } from './math.ts';
import { sortingProcesses } from './sorting.ts';
import { statisticsProcesses } from './statistics.ts';
import { textProcesses } from './texts.ts';
import { trigonometryProcesses } from './trigonometry.ts';

const families = [
  loadSaveProcesses,
  cubeFilterProcesses,
  cubeReduceProcesses,
  cubeAggregateProcesses,
  cubeCombineProcesses,
  cubeDimensionProcesses,
  cubeSpatialProcesses,
  cubeResampleProcesses,
  cubeKernelProcesses,
  cubeZonalProcesses,
  indexProcesses,
  mathProcesses,
  comparisonProcesses,
  logicProcesses,
  statisticsProcesses,
  arrayProcesses,
  trigonometryProcesses,
  changedArrayProcesses,
  eachElementProcesses,
  sortingProcesses,
  cumulativeProcesses,
  interpolationProcesses,
  dateProcesses,
  textProcesses,
];

/** Every process that can be run, by id. */
export const processes: ReadonlyMap<string, Process> = new Map(
  families.flat().map((process) => [process.definition.id, process]),
);

/** Throws `ProcessUnsupported`, naming the process and where it stands in the graph. */
export function findProcess(id: string, where: string): Process {
  const process = processes.get(id);
  if (process === undefined) throw new ProcessUnsupported(`${where}: there is no process '${id}'`);
  return process;
}

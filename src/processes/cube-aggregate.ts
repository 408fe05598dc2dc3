import { groupByPeriod, instantOf, type Period, periods } from '../cube/calendar.ts';
import { type Cube, dimensionIndex, replaceAlong } from '../cube/cube.ts';
import { type Dimension, type Label, onlyDimension, pickLabels } from '../cube/dimension.ts';
import { ProcessException, ProcessParameterInvalid } from '../errors.ts';
import { checkLimit } from '../limits.ts';
import { intervalOf } from './cube-filter.ts';
import { reducerSchema } from './cube-reduce.ts';
import { define, optional, required } from './define.ts';
import type { Process } from './definition.ts';
import { toPlane } from './elementwise.ts';
import { context, datacube, labels as labelsSchema, temporalIntervals, textOrNull } from './schemas.ts';
import { type Arguments, childOf, cubeOf, elementsOf, labeledArray, type Value } from './value.ts';

interface Group {
  readonly label: Label;
  /** Positions along the dimension. */
  readonly members: readonly number[];
}

/** The temporal dimension that is meant. Throws `DimensionNotAvailable` and `TooManyDimensions`. */
function temporalDimension(cube: Cube, name: Value): { index: number; dimension: Dimension } {
  const index =
    typeof name === 'string'
      ? dimensionIndex(cube, name)
      : onlyDimension(cube.dimensions, 'temporal', {
          none: 'DimensionNotAvailable',
          several: 'TooManyDimensions',
        });
  return { index, dimension: cube.dimensions[index] ?? { name: '', type: 'temporal', labels: [] } };
}

function aggregate(args: Arguments, group: (labels: readonly Label[]) => readonly Group[]): Cube {
  const cube = cubeOf(args.data, 'data');
  const reducer = childOf(args.reducer, 'reducer');
  const { index, dimension } = temporalDimension(cube, args.dimension ?? null);
  const groups = group(dimension.labels);
  checkLimit(
    'cubePlanes',
    groups.length * Math.max(1, cube.planes.length / Math.max(1, dimension.labels.length)),
    'temporal aggregation',
  );
  const changed: Dimension = {
    name: dimension.name,
    type: 'temporal',
    labels: groups.map(({ label }) => label),
  };
  return replaceAlong(cube, index, changed, (planes) =>
    groups.map(({ members }) => {
      const data = labeledArray(
        pickLabels(dimension, members).labels,
        members.flatMap((member) => planes[member] ?? []),
      );
      return toPlane(reducer.call({ data, context: args.context ?? null }));
    }),
  );
}

function aggregatePeriod(args: Arguments): Cube {
  const period = periods.find((name) => name === args.period) as Period | undefined;
  if (period === undefined)
    throw new ProcessParameterInvalid(
      `aggregate_temporal_period: period must be one of ${periods.join(', ')}`,
    );
  return aggregate(args, (labels) =>
    groupByPeriod(
      labels.map((label) => instantOf(String(label), 'temporal label')),
      period,
    ),
  );
}

const DAY = 86_400_000;
const timeOfDay = /^(\d{2}):(\d{2}):(\d{2})$/;

/** Milliseconds since midnight of a time without a date, or undefined. */
function sinceMidnight(text: Value | undefined): number | undefined {
  const parts = typeof text === 'string' ? timeOfDay.exec(text) : null;
  return parts === null
    ? undefined
    : (Number(parts[1]) * 3600 + Number(parts[2]) * 60 + Number(parts[3])) * 1000;
}

/** Whether an instant lies in an interval; intervals of times of the day may run over midnight. */
function membership(interval: Value): (instant: number) => boolean {
  const [start, end] = elementsOf(interval, 'intervals');
  const [from, to] = [sinceMidnight(start), sinceMidnight(end)];
  if (from !== undefined && to !== undefined) {
    return (instant) => {
      const time = ((instant % DAY) + DAY) % DAY;
      return from < to ? time >= from && time < to : time >= from || time < to;
    };
  }
  const range = intervalOf(interval, 'aggregate_temporal');
  return (instant) => instant >= range.from && instant < range.to;
}

function aggregateIntervals(args: Arguments): Cube {
  const intervals = elementsOf(args.intervals, 'intervals');
  const given = elementsOf(args.labels ?? [], 'labels') as readonly Label[];
  if (given.length > 0 && given.length !== intervals.length)
    throw new ProcessParameterInvalid(
      `aggregate_temporal: ${intervals.length} intervals and ${given.length} labels`,
    );
  const belongs = intervals.map(membership);
  const names = intervals.map((interval, k) => {
    const start = given[k] ?? elementsOf(interval, 'intervals')[0];
    if (typeof start === 'string' || typeof start === 'number') return start;
    throw new ProcessParameterInvalid(
      'aggregate_temporal: an interval without a start needs a label, give labels',
    );
  });
  if (new Set(names).size < names.length)
    throw new ProcessException(
      'DistinctDimensionLabelsRequired',
      `aggregate_temporal: the labels ${names.join(', ')} are not distinct, give labels`,
    );
  return aggregate(args, (labels) => {
    const instants = labels.map((label) => instantOf(String(label), 'temporal label'));
    return belongs.map((inside, k) => ({
      label: names[k] ?? k,
      members: instants.flatMap((instant, position) => (inside(instant) ? [position] : [])),
    }));
  });
}

const data = required('data', 'The data cube.', datacube({ type: 'temporal' }));
const reducer = required(
  'reducer',
  'Makes one value of the values in a period, of which there may be none.',
  reducerSchema,
);
const dimension = optional('dimension', 'The temporal dimension, when there are several.', textOrNull, null);
const returns = ['The cube with one label for each period.', datacube({ type: 'temporal' })] as const;
const exceptions = {
  TooManyDimensions: 'There are several temporal dimensions and none is named.',
  DimensionNotAvailable: 'There is no such temporal dimension.',
};

export const cubeAggregateProcesses: readonly Process[] = [
  define({
    id: 'aggregate_temporal_period',
    summary: 'One value for each calendar period',
    description: 'Periods from the first to the last date get a label each, also those without a date.',
    categories: ['aggregate', 'climatology', 'cubes'],
    parameters: [
      data,
      required('period', 'The kind of period.', { type: 'string', enum: periods }),
      reducer,
      dimension,
      context('Anything that the reducer needs.'),
    ],
    returns,
    exceptions,
    run: aggregatePeriod,
  }),
  define({
    id: 'aggregate_temporal',
    summary: 'One value for each interval',
    description: 'The start of an interval becomes its label unless labels are given. Intervals may overlap.',
    categories: ['cubes', 'aggregate'],
    parameters: [
      data,
      required(
        'intervals',
        'Starts (included) and ends (left out); also times of the day.',
        temporalIntervals,
      ),
      reducer,
      optional('labels', 'One label for each interval.', labelsSchema, []),
      dimension,
      context('Anything that the reducer needs.'),
    ],
    returns,
    exceptions: {
      ...exceptions,
      DistinctDimensionLabelsRequired: 'Two intervals have the same label.',
      TemporalExtentEmpty: 'An interval ends before it starts.',
    },
    run: aggregateIntervals,
  }),
];

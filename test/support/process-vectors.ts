import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import JSON5 from 'json5';
import { isCube } from '../../src/cube/cube.ts';
import { evaluatePlanes } from '../../src/cube/evaluate-planes.ts';
import { cubeFromJson, cubeToJson, isJsonCube, type JsonCube } from '../../src/cube/json-cube.ts';
import { allocateCube, cubeFromRaster, placeColumns } from '../../src/cube/raster-cube.ts';
import { Unsupported } from '../../src/errors.ts';
import { evaluateGraph } from '../../src/graph/evaluate.ts';
import { parseGraph } from '../../src/graph/parse.ts';
import type { Argument, ParsedGraph } from '../../src/graph/process-graph.ts';
import { isLabeledArray, labeledArray, type Value } from '../../src/processes/value.ts';

/** One case of the vectors of openeo-processes, `$ref`s and nodata markers resolved. */
export interface VectorCase {
  readonly process: string;
  readonly index: number;
  readonly args: Readonly<Record<string, unknown>>;
  readonly returns?: unknown;
  readonly throws?: string | boolean | undefined;
  readonly delta?: number | undefined;
}

type Plain = Readonly<Record<string, unknown>>;
const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** All cases of a folder `tests/` of openeo-processes. A `$ref` to a missing file stays as it is. */
export function readVectors(folder: string): VectorCase[] {
  const resolve = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(resolve);
    if (!isPlain(value)) return value;
    if (typeof value.$ref === 'string') {
      const text = tryRead(join(folder, value.$ref));
      if (text === undefined) return value;
      return value.$ref.endsWith('.json5') ? resolve(JSON5.parse(text)) : text;
    }
    if (value.type === 'nodata') return null;
    if (value.type === 'datetime') return value.value;
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, resolve(entry)]));
  };
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json5'))
    .sort()
    .flatMap((name) => {
      const file = JSON5.parse(readFileSync(join(folder, name), 'utf8')) as { id: string; tests: Plain[] };
      return file.tests.map((one, index) => ({
        process: file.id,
        index,
        args: resolve(one.arguments) as Plain,
        ...('returns' in one && { returns: resolve(one.returns) }),
        throws: one.throws as string | boolean | undefined,
        delta: one.delta as number | undefined,
      }));
    });
}

function tryRead(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** A JSON argument as the runtime's value; child processes become parsed arguments. */
function toArgument(name: string, value: unknown, parameters: Record<string, Value>): Argument {
  if (isPlain(value) && 'process_graph' in value) {
    const { graph } = parseGraph(value);
    return { kind: 'process', graph };
  }
  parameters[name] = toValue(value);
  return { kind: 'parameter', name };
}

function toValue(value: unknown): Value {
  if (isJsonCube(value)) return cubeFromRaster(cubeFromJson(value));
  if (isPlain(value) && value.type === 'labeled-array') {
    const pairs = value.data as { key: string | number; value: unknown }[];
    return labeledArray(
      pairs.map(({ key }) => key),
      pairs.map((pair) => toValue(pair.value)),
    );
  }
  if (Array.isArray(value)) return value.map(toValue);
  return value as Value;
}

async function fromValue(value: Value): Promise<unknown> {
  if (isCube(value)) {
    const cube = allocateCube(value, 'float64');
    const { window } = value.horizontal;
    placeColumns(cube, window, window, await evaluatePlanes(value.planes, window));
    return cubeToJson(cube);
  }
  if (isLabeledArray(value)) {
    const values = await Promise.all(value.values.map(fromValue));
    return { type: 'labeled-array', data: value.labels.map((key, index) => ({ key, value: values[index] })) };
  }
  if (Array.isArray(value)) return Promise.all(value.map(fromValue));
  return value;
}

/** Runs one process on JSON arguments in the form of the vectors, by the runtime's own graph evaluation. */
export async function runVector(process: string, args: Plain): Promise<unknown> {
  const parameters: Record<string, Value> = {};
  const parsed = new Map(
    Object.entries(args).map(([name, value]) => [name, toArgument(name, value, parameters)] as const),
  );
  const graph: ParsedGraph = {
    nodes: new Map([['case', { id: 'case', process, args: parsed, isResult: true }]]),
  };
  const value = evaluateGraph(graph, parameters, {
    loaded: () => {
      throw new Unsupported('vectors load no collection');
    },
    save: () => undefined,
  });
  return fromValue(value);
}

/** Equality of the vectors: numbers to `delta` or 10 decimals, null and NaN told apart except in cubes. */
export function sameResult(actual: unknown, expected: unknown, delta = 5e-11): boolean {
  if (isJsonCube(expected)) return isJsonCube(actual) && sameCube(actual, expected, delta);
  if (typeof expected === 'number' && typeof actual === 'number')
    return (
      Object.is(actual, expected) ||
      (Number.isNaN(actual) && Number.isNaN(expected)) ||
      actual === expected ||
      Math.abs(actual - expected) <= delta * Math.max(1, Math.abs(expected))
    );
  if (Array.isArray(expected))
    return (
      Array.isArray(actual) &&
      actual.length === expected.length &&
      expected.every((entry, k) => sameResult(actual[k], entry, delta))
    );
  if (isPlain(expected) && isPlain(actual))
    return Object.keys({ ...expected, ...actual }).every((key) =>
      sameResult(actual[key], expected[key], delta),
    );
  return actual === expected;
}

function sameCube(actual: JsonCube, expected: JsonCube, delta: number): boolean {
  const pixels = (value: unknown, nodata: unknown): unknown => {
    if (Array.isArray(value)) return value.map((entry) => pixels(entry, nodata));
    return value === nodata || (typeof value === 'number' && Number.isNaN(value)) ? null : value;
  };
  const labels = (cube: JsonCube) =>
    cube.order?.map((name) => [name, cube.dimensions[name]?.type, cube.dimensions[name]?.values]);
  return (
    sameResult(labels(actual), labels(expected), delta) &&
    (expected.data === null || sameResult(actual.data, pixels(expected.data, expected.nodata), delta))
  );
}

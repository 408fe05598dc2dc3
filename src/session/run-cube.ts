import type { Collection } from '../catalog/collection.ts';
import type { RasterCube } from '../cube/raster-cube.ts';
import { InvalidArgument } from '../errors.ts';
import { formatOfPath } from '../formats/output-formats.ts';
import { saveCube, saveVector } from '../formats/save.ts';
import type { CubeVerbs, ExecuteOptions, PreviewOptions } from '../graph/builder.ts';
import type { ProcessGraph } from '../graph/process-graph.ts';
import { type GraphResult, runGraph } from '../graph/run.ts';
import { cubeTiles } from '../tiles/raster-tile.ts';
import { namedCollection } from './named-collection.ts';
import { displaySymbol, type MimeBundle } from './rich-text.ts';
import { type ShownImages, showImages, signalOf, warn, withProgress } from './surroundings.ts';

/** A cube that was shown; ending a cell with it shows it no second time. */
export interface ShownCube {
  readonly cube: RasterCube;
  [displaySymbol](): MimeBundle;
}

/**
 * What the cubes of a season can do: computed in this process and its worker threads, previews drawn by the surroundings,
 * results written to this machine. Collections that the graph names besides the season's are opened by name.
 */
export function cubeVerbs(own: Collection): CubeVerbs<ShownCube> {
  return {
    execute: (graph, options) => compute(own, graph, options),
    preview: async (graph, options = {}) => {
      const cube = await compute(own, graph, options);
      showImages(imagesOf(cube, options));
      return { cube, [displaySymbol]: () => ({}) };
    },
    save: async (graph, path, options = {}) => {
      const result = await run(own, graph, options);
      const signal = signalOf(options.signal);
      if (result.kind === 'value') throw noCube('nothing to save');
      // The path and its extension say what is wanted; a save_result in the graph only adds options of the same format.
      const stated = options.format ?? formatOfPath(path).name;
      const settings = {
        format: stated,
        signal,
        options: result.format === stated ? result.options : undefined,
      };
      return result.kind === 'cube'
        ? saveCube(result.cube, path, settings)
        : saveVector(result.cube, path, settings);
    },
  };
}

function noCube(outcome: string): InvalidArgument {
  return new InvalidArgument(`the graph gives plain values, not a cube: there is ${outcome}`);
}

async function compute(
  own: Collection,
  graph: ProcessGraph,
  options: ExecuteOptions = {},
): Promise<RasterCube> {
  const result = await run(own, graph, options);
  if (result.kind === 'cube') return result.cube;
  if (result.kind === 'value') throw noCube('nothing to draw');
  throw new InvalidArgument('the graph gives a vector cube: save it as JSON, CSV, GeoJSON or netCDF');
}

function run(own: Collection, graph: ProcessGraph, options: ExecuteOptions): Promise<GraphResult> {
  const signal = signalOf(options.signal);
  return withProgress('Computing the cube', async (bar) => {
    return runGraph(graph, {
      openCollection: async (id, { signal: asked }) =>
        id === own.address ? own : namedCollection(id, { signal: asked }),
      signal,
      onUnread: (name, reasons) => {
        const [first, ...more] = reasons;
        const others = more.length > 0 ? ` (and ${more.length} more)` : '';
        warn(
          `${name === own.address ? own.id : name}: an image cannot be read and is left out: ${first}${others}`,
        );
      },
      onProgress: (done, total) => {
        bar.update(done, total);
        options.onProgress?.(done, total);
      },
    });
  });
}

/** The dates of a cube as images; the one asked for first, else the one with the most pixels. */
function imagesOf(cube: RasterCube, { time, band, colors, min, max }: PreviewOptions): ShownImages {
  if ((min === undefined) !== (max === undefined))
    throw new InvalidArgument('a preview is stretched from min to max: give both or neither');
  const stretch = min === undefined || max === undefined ? undefined : { low: min, high: max };
  const bands = cube.dimensions.find(({ type }) => type === 'bands');
  const dates = cube.dimensions.find(({ type }) => type === 'temporal');
  const labels = dates?.labels.map(String) ?? [''];
  if (time !== undefined && (dates === undefined || !labels.includes(time)))
    throw new InvalidArgument(`the cube has no date '${time}'; it has ${labels.join(', ') || 'none'}`);
  return {
    labels,
    initial: time ?? fullestDate(cube, labels),
    open: (label, { signal } = {}) => {
      const at = {
        ...(dates && { [dates.name]: label }),
        ...(bands && band !== undefined && { [bands.name]: band }),
      };
      return cubeTiles(cube, { at, colors, stretch }, { signal });
    },
  };
}

/** The date with the most values in all bands; of equals the first. Dates may stand before or after the other dimensions. */
function fullestDate({ dimensions, values, width, height }: RasterCube, labels: readonly string[]): string {
  const place = dimensions.findIndex(({ type }) => type === 'temporal');
  if (place < 0) return labels[0] ?? '';
  const inner = dimensions.slice(place + 1).reduce((planes, { labels: own }) => planes * own.length, 1);
  const counts = new Float64Array(labels.length);
  const plane = width * height;
  for (const [at, value] of values.entries())
    if (!Number.isNaN(value)) counts[Math.floor(at / plane / inner) % labels.length]! += 1;
  return labels[counts.indexOf(Math.max(...counts))] ?? '';
}

import type { Collection } from '../catalog/collection.ts';
import type { RasterCube } from '../cube/raster-cube.ts';
import { InvalidArgument } from '../errors.ts';
import { saveCube } from '../formats/save.ts';
import type { CubeVerbs, ExecuteOptions, PreviewOptions, SaveOptions } from '../graph/builder.ts';
import type { ProcessGraph } from '../graph/process-graph.ts';
import { runGraph } from '../graph/run.ts';
import { cubeTiles } from '../tiles/raster-tile.ts';
import type { RasterTileSource } from '../tiles/tile-source.ts';
import { collection } from './find-collection.ts';
import { displaySymbol, type MimeBundle } from './rich-text.ts';
import { showImage, signalOf, withProgress } from './surroundings.ts';

/** A cube that was shown; ending a cell with it shows it no second time. */
export interface ShownCube {
  readonly cube: RasterCube;
  readonly image: RasterTileSource;
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
      const image = await cubeTiles(cube, tileOptions(cube, options), { signal: signalOf(options.signal) });
      showImage(image);
      return { cube, image, [displaySymbol]: () => ({}) };
    },
    save: async (graph, path, options = {}) => {
      const cube = await compute(own, graph, options);
      return saveCube(cube, path, { format: options.format, signal: signalOf(options.signal) });
    },
  };
}

function compute(
  own: Collection,
  graph: ProcessGraph,
  options: ExecuteOptions | SaveOptions = {},
): Promise<RasterCube> {
  const signal = signalOf(options.signal);
  return withProgress('Computing the cube', async (bar) => {
    const result = await runGraph(graph, {
      openCollection: async (id, { signal: asked }) =>
        id === own.address ? own : (await collection(id, { signal: asked })).collection,
      signal,
      onProgress: (done, total) => {
        bar.update(done, total);
        options.onProgress?.(done, total);
      },
    });
    if (result.kind === 'cube') return result.cube;
    throw new InvalidArgument('the graph gives plain values, not a cube: there is nothing to draw or save');
  });
}

function tileOptions({ dimensions }: RasterCube, { time, band, colors, min, max }: PreviewOptions) {
  const at: Record<string, string> = {};
  for (const { name, type } of dimensions) {
    if (type === 'temporal' && time !== undefined) at[name] = time;
    if (type === 'bands' && band !== undefined) at[name] = band;
  }
  if ((min === undefined) !== (max === undefined))
    throw new InvalidArgument('a preview is stretched from min to max: give both or neither');
  const stretch = min === undefined || max === undefined ? undefined : { low: min, high: max };
  return { at, colors, stretch };
}

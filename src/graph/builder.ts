import type { Period } from '../cube/calendar.ts';
import type { Label } from '../cube/dimension.ts';
import type { RasterCube } from '../cube/raster-cube.ts';
import { Unsupported } from '../errors.ts';
import { type BuiltArgument, type BuiltNode, buildNode, writeGraph } from './built-node.ts';
import { buildChild, type ChildArgument, type Expression } from './expression.ts';
import { cloudMask } from './mask-clouds.ts';
import type { Json, ProcessGraph } from './process-graph.ts';

/** A box, in longitude and latitude unless it names an EPSG code (or a WKT2 text). */
export interface BoundingBox {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
  readonly crs?: number | string | undefined;
}

/** Polygons or points, longitude and latitude: a geometry, a Feature or a FeatureCollection. */
export type GeoJson = { readonly type: string } & { readonly [member: string]: Json };

/** How pixels are resampled: names of openEO, rules of gdalwarp. */
export type ResampleMethod = 'near' | 'bilinear' | 'cubic' | 'average' | 'mode' | 'min' | 'max' | 'med';

/** Start (included) and end (left out), ISO 8601; one of them may be null. */
export type TemporalExtent = readonly [start: string | null, end: string | null];

/** Makes one value of the values along a dimension: the name of a process (`'median'`), or a function that builds one. */
export type Reducer = ChildArgument<[data: Expression, context: Expression]>;

export interface PreviewOptions {
  /** Label of the band to show; the first one when left out. */
  readonly band?: string | undefined;
  /** Label of the date to show; the one with the most pixels when left out. */
  readonly time?: string | undefined;
  /** Name of a colour map. */
  readonly colors?: string | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ExecuteOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface SaveOptions extends ExecuteOptions {
  /** GTiff, COG, PNG, netCDF, JSON, CSV or GeoJSON; by the file's extension when left out. */
  readonly format?: string | undefined;
}

/** What can be done with a finished graph. Whoever starts a chain says how: in this process, or on another back end. */
export interface CubeVerbs<Preview = unknown> {
  execute(graph: ProcessGraph, options?: ExecuteOptions): Promise<RasterCube>;
  preview(graph: ProcessGraph, options?: PreviewOptions): Promise<Preview>;
  /** Gives the paths that were written. */
  save(graph: ProcessGraph, path: string, options?: SaveOptions): Promise<readonly string[]>;
}

/** A graph that can be looked at and sent anywhere. */
export interface GraphText {
  /** The nodes, as openEO writes them. */
  toJSON(): ProcessGraph;
}

/** The last node of a graph whose result is no cube: labels, numbers. */
export class ValueBuilder {
  readonly #node: BuiltNode;

  constructor(node: BuiltNode) {
    this.#node = node;
  }

  get graph(): GraphText {
    return { toJSON: () => writeGraph(this.#node) };
  }

  toJSON(): { readonly process_graph: ProcessGraph } {
    return { process_graph: writeGraph(this.#node) };
  }
}

/**
 * A data cube under construction. Every method gives a new builder with one openEO process more, called with openEO's names
 * and arguments; nothing is read or computed before `execute`, `preview` or `save`.
 */
export class CubeBuilder<Preview = unknown> {
  readonly #node: BuiltNode;
  readonly #verbs: CubeVerbs<Preview> | undefined;

  constructor(node: BuiltNode, verbs?: CubeVerbs<Preview>) {
    this.#node = node;
    this.#verbs = verbs;
  }

  #with(process: string, args: Readonly<Record<string, BuiltArgument | undefined>>): CubeBuilder<Preview> {
    return new CubeBuilder(buildNode(process, { data: this.#node, ...args }), this.#verbs);
  }

  /** Keeps the dates of an interval. */
  filter_temporal(
    extent: TemporalExtent,
    options: { readonly dimension?: string | undefined } = {},
  ): CubeBuilder<Preview> {
    return this.#with('filter_temporal', { extent, ...options });
  }
  /** Keeps the pixels whose centre lies in a box. */
  filter_bbox(extent: BoundingBox): CubeBuilder<Preview> {
    return this.#with('filter_bbox', { extent: { ...extent } as Json });
  }
  /** Keeps bands, by name or common name, in the order given. */
  filter_bands(bands: readonly string[]): CubeBuilder<Preview> {
    return this.#with('filter_bands', { bands });
  }

  /** Makes one value of all values along a dimension (`'t'`, `'bands'`), which is then gone. */
  reduce_dimension(args: {
    readonly dimension: string;
    readonly reducer: Reducer;
    readonly context?: Json | undefined;
  }): CubeBuilder<Preview> {
    const { reducer, ...rest } = args;
    return this.#with('reduce_dimension', {
      reducer: buildChild(reducer, ['data', 'context'].slice(0, arity(reducer))),
      ...rest,
    });
  }
  /** Changes every pixel by itself. */
  apply(args: {
    readonly process: ChildArgument<[x: Expression, context: Expression]>;
    readonly context?: Json | undefined;
  }): CubeBuilder<Preview> {
    const { process, ...rest } = args;
    return this.#with('apply', {
      process: buildChild(process, ['x', 'context'].slice(0, arity(process))),
      ...rest,
    });
  }
  /** Makes new values of all values along a dimension. */
  apply_dimension(args: {
    readonly dimension: string;
    readonly process: Reducer;
    readonly target_dimension?: string | undefined;
    readonly context?: Json | undefined;
  }): CubeBuilder<Preview> {
    const { process, ...rest } = args;
    return this.#with('apply_dimension', {
      process: buildChild(process, ['data', 'context'].slice(0, arity(process))),
      ...rest,
    });
  }
  /** One value for each calendar period from the first date to the last. */
  aggregate_temporal_period(args: {
    readonly period: Period;
    readonly reducer: Reducer;
    readonly dimension?: string | undefined;
    readonly context?: Json | undefined;
  }): CubeBuilder<Preview> {
    const { reducer, ...rest } = args;
    return this.#with('aggregate_temporal_period', {
      reducer: buildChild(reducer, ['data', 'context'].slice(0, arity(reducer))),
      ...rest,
    });
  }
  /** One value for each interval; its start becomes the label unless `labels` are given. */
  aggregate_temporal(args: {
    readonly intervals: readonly TemporalExtent[];
    readonly reducer: Reducer;
    readonly labels?: readonly Label[] | undefined;
    readonly dimension?: string | undefined;
    readonly context?: Json | undefined;
  }): CubeBuilder<Preview> {
    const { reducer, ...rest } = args;
    return this.#with('aggregate_temporal', {
      reducer: buildChild(reducer, ['data', 'context'].slice(0, arity(reducer))),
      ...rest,
    });
  }

  /** One value (or several) for each geometry: a vector cube, to be saved as JSON, CSV, GeoJSON or netCDF. */
  aggregate_spatial(args: {
    readonly geometries: GeoJson;
    readonly reducer: Reducer;
    readonly target_dimension?: string | undefined;
    readonly context?: Json | undefined;
  }): CubeBuilder<Preview> {
    const { reducer, ...rest } = args;
    return this.#with('aggregate_spatial', {
      reducer: buildChild(reducer, ['data', 'context'].slice(0, arity(reducer))),
      ...rest,
    });
  }
  /** Keeps the box around geometries; pixels in none of them become nodata. */
  filter_spatial(geometries: GeoJson): CubeBuilder<Preview> {
    return this.#with('filter_spatial', { geometries });
  }
  /** Makes pixels outside of polygons nodata (or `replacement`); with `inside` those in one. */
  mask_polygon(
    mask: GeoJson,
    options: {
      readonly replacement?: number | boolean | undefined;
      readonly inside?: boolean | undefined;
    } = {},
  ): CubeBuilder<Preview> {
    return this.#with('mask_polygon', { mask, ...options });
  }
  /** Brings the pixels onto a grid of another resolution or projection. */
  resample_spatial(args: {
    readonly resolution?: number | readonly [x: number, y: number] | undefined;
    readonly projection?: number | string | undefined;
    readonly method?: ResampleMethod | undefined;
    readonly align?: 'lower-left' | 'upper-left' | 'lower-right' | 'upper-right' | undefined;
  }): CubeBuilder<Preview> {
    return this.#with('resample_spatial', { ...args });
  }
  /** Brings the pixels onto the grid of another cube. */
  resample_cube_spatial(
    target: CubeBuilder<Preview>,
    options: { readonly method?: ResampleMethod | undefined } = {},
  ): CubeBuilder<Preview> {
    return this.#with('resample_cube_spatial', { target: target.#node, ...options });
  }
  /** Weighted sums of neighbouring pixels. */
  apply_kernel(
    kernel: readonly (readonly number[])[],
    options: {
      readonly factor?: number | undefined;
      readonly border?: number | 'replicate' | 'reflect' | 'reflect_pixel' | 'wrap' | undefined;
      readonly replace_invalid?: number | undefined;
    } = {},
  ): CubeBuilder<Preview> {
    return this.#with('apply_kernel', { kernel, ...options });
  }
  /** Keeps the labels of a dimension that fulfil a condition. */
  filter_labels(args: {
    readonly condition: ChildArgument<[value: Expression, context: Expression]>;
    readonly dimension: string;
    readonly context?: Json | undefined;
  }): CubeBuilder<Preview> {
    const { condition, ...rest } = args;
    return this.#with('filter_labels', {
      condition: buildChild(condition, ['value', 'context'].slice(0, arity(condition))),
      ...rest,
    });
  }

  /** Makes pixels nodata (or `replacement`) where the mask is true or not 0. */
  mask(
    mask: CubeBuilder<Preview>,
    options: { readonly replacement?: number | boolean | undefined } = {},
  ): CubeBuilder<Preview> {
    return this.#with('mask', { mask: mask.#node, ...options });
  }
  /** Puts two cubes together; where both have values the resolver decides. */
  merge_cubes(
    cube2: CubeBuilder<Preview>,
    options: {
      readonly overlap_resolver?:
        | ChildArgument<[x: Expression, y: Expression, context: Expression]>
        | undefined;
      readonly context?: Json | undefined;
    } = {},
  ): CubeBuilder<Preview> {
    const { overlap_resolver: resolver, ...rest } = options;
    const child =
      resolver === undefined
        ? undefined
        : buildChild(resolver, ['x', 'y', 'context'].slice(0, arity(resolver, 2)));
    const args = { cube1: this.#node, cube2: cube2.#node, overlap_resolver: child, ...rest };
    return new CubeBuilder(buildNode('merge_cubes', args), this.#verbs);
  }
  /** (nir - red) / (nir + red); the bands are dropped unless `target_band` names a new one. */
  ndvi(
    args: {
      readonly nir?: string | undefined;
      readonly red?: string | undefined;
      readonly target_band?: string | undefined;
    } = {},
  ): CubeBuilder<Preview> {
    return this.#with('ndvi', { ...args });
  }

  /** Gives labels of a dimension new names. */
  rename_labels(args: {
    readonly dimension: string;
    readonly target: readonly Label[];
    readonly source?: readonly Label[] | undefined;
  }): CubeBuilder<Preview> {
    return this.#with('rename_labels', { ...args });
  }
  /** Gives a dimension another name. */
  rename_dimension(source: string, target: string): CubeBuilder<Preview> {
    return this.#with('rename_dimension', { source, target });
  }
  /** Adds a dimension with one label. */
  add_dimension(args: {
    readonly name: string;
    readonly label: Label;
    readonly type?: 'spatial' | 'temporal' | 'bands' | 'geometry' | 'other' | undefined;
  }): CubeBuilder<Preview> {
    return this.#with('add_dimension', { ...args });
  }
  /** Drops a dimension that has one label left. */
  drop_dimension(name: string): CubeBuilder<Preview> {
    return this.#with('drop_dimension', { name });
  }
  /** The labels of a dimension: a graph of its own. */
  dimension_labels(dimension: string): ValueBuilder {
    return new ValueBuilder(buildNode('dimension_labels', { data: this.#node, dimension }));
  }
  /** Says in which format a back end is to give the result: GTiff, COG, JSON, CSV. */
  save_result(format: string, options?: Readonly<Record<string, Json>>): CubeBuilder<Preview> {
    return this.#with('save_result', { format, options });
  }

  /**
   * Makes clouds, their shadows and what has no class nodata, by the scene classification, which has to be among the loaded
   * bands (`band`, default SCL). Written in standard processes, so that it runs on any back end.
   */
  mask_clouds(
    options: { readonly band?: string | undefined; readonly classes?: readonly number[] | undefined } = {},
  ): CubeBuilder<Preview> {
    const classes = this.filter_bands([options.band ?? 'SCL']);
    return this.mask(classes.reduce_dimension({ dimension: 'bands', reducer: cloudMask(options.classes) }));
  }

  /** The graph, for another back end or a file. */
  get graph(): GraphText {
    return { toJSON: () => writeGraph(this.#node) };
  }
  /** The graph as openEO's clients hand it over. */
  toJSON(): { readonly process_graph: ProcessGraph } {
    return { process_graph: writeGraph(this.#node) };
  }

  /** Computes the cube. */
  execute(options?: ExecuteOptions): Promise<RasterCube> {
    return this.#run().execute(this.graph.toJSON(), options);
  }
  /** Computes the cube and shows one date and band of it. */
  preview(options?: PreviewOptions): Promise<Preview> {
    return this.#run().preview(this.graph.toJSON(), options);
  }
  /** Computes the cube and writes it to a file; gives the paths written. */
  save(path: string, options?: SaveOptions): Promise<readonly string[]> {
    return this.#run().save(this.graph.toJSON(), path, options);
  }

  #run(): CubeVerbs<Preview> {
    if (this.#verbs === undefined)
      throw new Unsupported(
        'this cube was built without a place to run; use its graph with runGraph or another back end',
      );
    return this.#verbs;
  }
}

/** How many parameters a child process is built with: those its function names, and at least `least`. */
function arity(child: unknown, least = 1): number {
  return typeof child === 'function' ? Math.max(least, child.length) : least;
}

/** Starts a chain: opens a collection. Extents and bands that are left out mean all there is. */
export function load_collection<Preview = unknown>(
  id: string,
  args: {
    readonly spatial_extent?: BoundingBox | null | undefined;
    readonly temporal_extent?: TemporalExtent | null | undefined;
    readonly bands?: readonly string[] | undefined;
    /** Conditions on metadata of the images, by the name of the property. */
    readonly properties?: Readonly<Record<string, ChildArgument<[value: Expression]>>> | undefined;
  } = {},
  verbs?: CubeVerbs<Preview>,
): CubeBuilder<Preview> {
  const { spatial_extent: extent = null, temporal_extent: interval = null, bands, properties } = args;
  const conditions =
    properties &&
    Object.fromEntries(
      Object.entries(properties).map(([name, child]) => [name, buildChild(child, ['value'])]),
    );
  const node = buildNode('load_collection', {
    id,
    spatial_extent: extent === null ? null : ({ ...extent } as Json),
    temporal_extent: interval,
    bands,
    properties: conditions && { entries: conditions },
  });
  return new CubeBuilder(node, verbs);
}

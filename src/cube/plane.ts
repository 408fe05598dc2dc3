import type { PixelWindow } from '../raster/pixels.ts';
import { brand, isBranded } from './brand.ts';
import type { ZonalHelp } from './zonal-help.ts';

/** What the numbers of a plane mean: `boolean` planes hold 0 and 1. NaN is nodata in both. */
export type PixelKind = 'number' | 'boolean';

/** The pixels of one plane in one window, row by row; NaN is nodata. */
export type Column = Float64Array<ArrayBuffer>;

interface PlaneBase {
  readonly [brand]: 'plane';
  readonly kind: PixelKind;
}

/** Pixels that come from outside: a file, or a cube in memory. The window is in pixels of the cube's frame. */
export interface SourcePlane extends PlaneBase {
  readonly op: 'source';
  read(window: PixelWindow, options: { readonly signal?: AbortSignal | undefined }): Promise<Column>;
}

/**
 * Pixels computed from the same pixels of other planes. `compute` writes every pixel of `out`, which holds what an earlier
 * plane left in it; it must not keep or change its inputs.
 */
export interface ComputedPlane extends PlaneBase {
  readonly op: 'computed';
  readonly inputs: readonly Plane[];
  /** Whether pixels depend on where they are; others can be computed for any choice of pixels, in any order. */
  readonly placed: boolean;
  compute(inputs: readonly Column[], out: Column, window: PixelWindow): void;
}

/** Planes that are made together from planes on another pixel lattice: resampled, or reduced over geometries. */
export interface PlaneGroup {
  /** On the other lattice; each is the source of one member or more. */
  readonly inner: readonly Plane[];
  /** Pixels of some members, in a window of the lattice that the members lie on. */
  read(members: readonly number[], window: PixelWindow, options: GroupOptions): Promise<readonly Column[]>;
}

export interface GroupOptions {
  readonly signal?: AbortSignal | undefined;
  /** For groups that cut their work into chunks: how these are computed. In this thread when left out. */
  readonly zonal?: ZonalHelp | undefined;
}

/** One member of a group: those that are wanted of a group are made in one go, so that what they share is read once. */
export interface DerivedPlane extends PlaneBase {
  readonly op: 'derived';
  readonly group: PlaneGroup;
  readonly member: number;
}

/**
 * One horizontal layer of a cube (one date, one band), not yet computed. Processes link planes to planes; pixels flow only
 * when `evaluatePlanes` asks for a window, and then only those that the asked planes depend on.
 */
export type Plane = SourcePlane | ComputedPlane | DerivedPlane;

export function isPlane(value: unknown): value is Plane {
  return isBranded(value, 'plane');
}

export function sourcePlane(read: SourcePlane['read'], kind: PixelKind = 'number'): Plane {
  return { [brand]: 'plane', op: 'source', kind, read };
}

export function computedPlane(
  inputs: readonly Plane[],
  kind: PixelKind,
  compute: (inputs: readonly Column[], out: Column) => void,
): Plane {
  return { [brand]: 'plane', op: 'computed', kind, inputs, placed: false, compute };
}

/** Pixels that depend on where they are: `window` is the one that is computed, in pixels of the frame. */
export function placedPlane(
  inputs: readonly Plane[],
  kind: PixelKind,
  compute: ComputedPlane['compute'],
): Plane {
  return { [brand]: 'plane', op: 'computed', kind, inputs, placed: true, compute };
}

export function derivedPlane(group: PlaneGroup, member: number, kind: PixelKind = 'number'): Plane {
  return { [brand]: 'plane', op: 'derived', kind, group, member };
}

/** A plane that has the same value everywhere; NaN for nodata. */
export function constantPlane(value: number, kind: PixelKind): Plane {
  return computedPlane([], kind, (_inputs, out) => {
    out.fill(value);
  });
}

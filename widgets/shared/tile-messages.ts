import { isRecord } from './json.ts';

/** Tile requests that a view keeps open at once, and that a widget works on at once. */
export const tilesInFlight = 16;
/** Requests that a widget keeps waiting beyond those (several views share one comm); more are answered with an error. */
export const tilesWaiting = 512;
/** A view gives a request up after this time: the kernel is gone, or busy with code that never yields. */
export const tileTimeoutMs = 60_000;
/** Deepest zoom of a tile request; 30 bits hold every x and y. */
const deepestZoom = 24;

/** View to kernel: one tile of the named source, in web mercator numbering (y grows southwards). */
export interface TileRequest {
  readonly kind: 'tile';
  /** Unique among the open requests of the comm; the reply carries it. */
  readonly id: string;
  readonly source: string;
  readonly z: number;
  readonly x: number;
  readonly y: number;
}

/** View to kernel: nobody waits for that tile any more; no reply follows. */
export interface TileCancel {
  readonly kind: 'tile-cancel';
  readonly id: string;
}

/** Kernel to view: the tile's bytes are the one buffer of the message; no buffer means an empty tile. */
export interface TileReply {
  readonly kind: 'tile';
  readonly id: string;
}

/** Kernel to view: the tile could not be made. */
export interface TileError {
  readonly kind: 'tile-error';
  readonly id: string;
  readonly reason: string;
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= 100;
}

function isIndex(value: unknown, end: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < end;
}

/** Checks a custom message from a browser: every field present, in range, no tile outside the world. */
export function isTileRequest(content: unknown): content is TileRequest {
  if (!isRecord(content) || content.kind !== 'tile' || !isId(content.id) || !isId(content.source))
    return false;
  const { z, x, y } = content;
  return isIndex(z, deepestZoom + 1) && isIndex(x, 2 ** z) && isIndex(y, 2 ** z);
}

export function isTileCancel(content: unknown): content is TileCancel {
  return isRecord(content) && content.kind === 'tile-cancel' && isId(content.id);
}

export function isTileReply(content: unknown): content is TileReply {
  return isRecord(content) && content.kind === 'tile' && isId(content.id) && content.source === undefined;
}

export function isTileError(content: unknown): content is TileError {
  return (
    isRecord(content) &&
    content.kind === 'tile-error' &&
    isId(content.id) &&
    typeof content.reason === 'string'
  );
}

/** A half-open range of bytes: `offset` and `length`, both whole and not negative. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

export interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
  /**
   * Gives memory of so many bytes that the answers may stand in; the caller fills it anew once it is done with them. A source that keeps
   * answers, or has them already, takes none.
   */
  readonly memory?: ((length: number) => Uint8Array) | undefined;
  /** Told of ranges of `readMany` as they arrive, by their place in the list. Not every source tells, nor of every range. */
  readonly arrived?: ((index: number, bytes: Uint8Array) => void) | undefined;
}

/**
 * Bytes by range. A read that starts inside the object and ends beyond it returns what there is; one that starts
 * beyond the end throws `InvalidFile`. Implementations never return fewer bytes for another reason.
 */
export interface ByteSource {
  /** The absolute address, for messages and as a cache key together with `version`. */
  readonly url: string;
  /** The object is held in memory, so whoever keeps the source keeps that many bytes. */
  readonly inMemory?: boolean | undefined;
  /** Reads cost no round trip: little at a time is as quick as much. */
  readonly near?: boolean | undefined;
  /** Total bytes. */
  size(options?: ReadOptions): Promise<number>;
  /** ETag or mtime+size: changes when the object does. */
  version(options?: ReadOptions): Promise<string>;
  read(range: ByteRange, options?: ReadOptions): Promise<Uint8Array>;
  /** Many ranges at once, answered in the order asked; neighbours are merged into one request. */
  readMany(ranges: readonly ByteRange[], options?: ReadOptions): Promise<Uint8Array[]>;
}

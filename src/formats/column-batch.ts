/** A column of a batch, all of the batch's length. Times are milliseconds since 1970 UTC; NaN is a value of its own. */
export type Column =
  | { readonly name: string; readonly type: 'integer'; readonly values: Float64Array | Int32Array }
  | { readonly name: string; readonly type: 'float32'; readonly values: Float32Array }
  | { readonly name: string; readonly type: 'float64'; readonly values: Float64Array }
  | { readonly name: string; readonly type: 'time'; readonly values: Float64Array }
  | { readonly name: string; readonly type: 'text'; readonly values: readonly (string | null)[] };

/** Rows of a table in columns. All batches of one table have the same columns in the same order. */
export interface ColumnBatch {
  readonly rows: number;
  readonly columns: readonly Column[];
}

export type ColumnBatches = AsyncIterable<ColumnBatch> | Iterable<ColumnBatch>;

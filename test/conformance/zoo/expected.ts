/** What `expected.json` of the zoo says of a file: rasterio's words. */
export interface ZooFile {
  readonly driver: string;
  readonly width: number;
  readonly height: number;
  readonly count: number;
  readonly dtypes: readonly string[];
  readonly nodata: readonly (number | string | null)[];
  readonly epsg: number | null;
  readonly crs_wkt: string | null;
  readonly transform: readonly number[];
  readonly compression: string | null;
  readonly interleave: string | null;
  readonly block_shapes: readonly (readonly [rows: number, columns: number])[];
  readonly overviews: readonly (readonly number[])[];
  readonly colorinterp: readonly string[];
  readonly mask_flags: readonly (readonly string[])[];
  readonly scales: readonly number[];
  readonly offsets: readonly number[];
  readonly descriptions: readonly (string | null)[];
  readonly gcps: number;
  readonly rpcs: boolean;
  readonly area_or_point: string | null;
  readonly colormap_entries: Readonly<Record<string, unknown>>;
  readonly byte_order: string | null;
  readonly bigtiff: boolean;
  readonly file_sha256: string;
  readonly bands: readonly ZooBand[];
}

export interface ZooBand {
  /** GDAL's band checksum. */
  readonly checksum: number;
  readonly sha256_c_order_le: string;
  readonly valid: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  readonly std: number | null;
  readonly samples: readonly { readonly row: number; readonly col: number; readonly value: number | null }[];
}

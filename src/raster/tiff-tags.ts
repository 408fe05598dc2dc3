/** TIFF tags that Furrow reads or writes: TIFF 6.0, BigTIFF, GeoTIFF 1.1 (OGC 19-008r4) and GDAL's two private ones. */
export const tag = {
  newSubfileType: 254,
  oldSubfileType: 255,
  imageWidth: 256,
  imageLength: 257,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  fillOrder: 266,
  documentName: 269,
  imageDescription: 270,
  stripOffsets: 273,
  samplesPerPixel: 277,
  rowsPerStrip: 278,
  stripByteCounts: 279,
  planarConfiguration: 284,
  software: 305,
  dateTime: 306,
  artist: 315,
  hostComputer: 316,
  predictor: 317,
  colorMap: 320,
  tileWidth: 322,
  tileLength: 323,
  tileOffsets: 324,
  tileByteCounts: 325,
  extraSamples: 338,
  sampleFormat: 339,
  jpegTables: 347,
  ycbcrSubsampling: 530,
  copyright: 33432,
  modelPixelScale: 33550,
  modelTiepoint: 33922,
  modelTransformation: 34264,
  geoKeyDirectory: 34735,
  geoDoubles: 34736,
  geoTexts: 34737,
  gdalMetadata: 42112,
  gdalNodata: 42113,
  lercParameters: 50674,
  rpcCoefficients: 50844,
} as const;

/** Tags that pixels and places do not depend on: where they are damaged or very long the file is read without them. */
export const descriptive: ReadonlySet<number> = new Set([
  tag.documentName,
  tag.imageDescription,
  tag.software,
  tag.dateTime,
  tag.artist,
  tag.hostComputer,
  tag.copyright,
  tag.rpcCoefficients,
]);

/** Field types: bytes per value and how it is read; types left out (rationals) are not needed by any tag above. */
export const fieldBytes: Readonly<Record<number, number>> = {
  1: 1,
  2: 1,
  3: 2,
  4: 4,
  6: 1,
  7: 1,
  8: 2,
  9: 4,
  11: 4,
  12: 8,
  13: 4,
  16: 8,
  17: 8,
  18: 8,
};

export const compression = {
  none: 1,
  lzw: 5,
  deflate: 8,
  adobeDeflate: 32946,
  packbits: 32773,
  zstd: 50000,
  jpeg: 7,
  lerc: 34887,
  webp: 50001,
} as const;

const compressionNames: Readonly<Record<number, string>> = {
  1: 'none',
  2: 'CCITT RLE',
  3: 'CCITT fax 3',
  4: 'CCITT fax 4',
  5: 'lzw',
  6: 'old JPEG',
  7: 'JPEG',
  8: 'deflate',
  32773: 'packbits',
  32946: 'deflate',
  34661: 'JBIG',
  34712: 'JPEG 2000',
  34887: 'LERC',
  34925: 'LZMA',
  50000: 'zstd',
  50001: 'WebP',
  50002: 'JPEG XL',
};

export function compressionName(code: number): string {
  return compressionNames[code] ?? `compression ${code}`;
}

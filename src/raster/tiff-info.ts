import { readMetadata } from './gdal-metadata.ts';
import { crsOf, gcpsOf, isPixelPoint, transformOf } from './geo-keys.ts';
import type { MaskFlag, RasterInfo, RationalPolynomials } from './raster.ts';
import { alphaBand, colorInterpretationOf, colorMapOf } from './tiff-colors.ts';
import type { Directory, TiffFile } from './tiff-directory.ts';
import type { ImageLayout } from './tiff-layout.ts';
import { compressionName, tag } from './tiff-tags.ts';

/** What the header of a TIFF says of its image; `masked` when a mask of the file or beside it covers the full image. */
export function tiffInfo(
  file: TiffFile,
  main: Directory,
  levels: readonly ImageLayout[],
  masked: boolean,
): RasterInfo {
  const [full] = levels as readonly [ImageLayout];
  const { texts, ...described } = readMetadata(main.texts.get(tag.gdalMetadata), full.bands);
  const colors = colorInterpretationOf(main, full.bands, described.interpretations, full.rare?.bits);
  const gcps = gcpsOf(main);
  const crs = crsOf(main);
  return {
    url: full.url,
    width: full.width,
    height: full.height,
    bands: full.bands,
    dataType: full.dataType,
    nodata: full.nodata,
    crs: gcps === undefined ? crs : undefined,
    transform: transformOf(main),
    compression: compressionName(full.compression),
    predictor: full.predictor,
    interleave: full.planar || full.bands === 1 ? 'band' : 'pixel',
    levels: levels.map(({ width, height, tileWidth, tileHeight }) => ({
      width,
      height,
      tileWidth,
      tileHeight,
    })),
    descriptions: described.descriptions,
    scales: described.scales,
    offsets: described.offsets,
    byteOrder: file.littleEndian ? 'little' : 'big',
    bigTiff: file.bigTiff,
    maskFlags: colors.map((_, band) => maskFlags(full, masked, alphaBand(colors), band)),
    colorInterpretation: colors,
    colorMap: colorMapOf(main, full),
    gcps,
    gcpCrs: gcps && crs,
    rpcs: rpcsOf(main),
    metadata: { ...tagTexts(main), ...texts },
    areaOrPoint: isPixelPoint(main) ? 'Point' : 'Area',
    complex: full.rare?.complex ?? false,
  };
}

/** GDAL's order: a mask, else nodata, else alpha (GDALRasterBand::GetMaskBand). */
function maskFlags(
  { nodata }: ImageLayout,
  masked: boolean,
  alpha: number | undefined,
  band: number,
): readonly MaskFlag[] {
  if (masked) return ['per_dataset'];
  if (nodata !== undefined) return ['nodata'];
  return alpha !== undefined && band !== alpha ? ['per_dataset', 'alpha'] : ['all_valid'];
}

const tagNames: readonly (readonly [number, string])[] = [
  [tag.documentName, 'TIFFTAG_DOCUMENTNAME'],
  [tag.imageDescription, 'TIFFTAG_IMAGEDESCRIPTION'],
  [tag.software, 'TIFFTAG_SOFTWARE'],
  [tag.dateTime, 'TIFFTAG_DATETIME'],
  [tag.artist, 'TIFFTAG_ARTIST'],
  [tag.hostComputer, 'TIFFTAG_HOSTCOMPUTER'],
  [tag.copyright, 'TIFFTAG_COPYRIGHT'],
];

function tagTexts({ texts }: Directory): Record<string, string> {
  return Object.fromEntries(
    tagNames.flatMap(([id, name]) => {
      const text = texts.get(id);
      return text === undefined ? [] : [[name, text]];
    }),
  );
}

/** Tag RPCCoefficientTag: 92 doubles in the order of RPC00B (http://geotiff.maptools.org/rpc_prop.html). */
function rpcsOf({ numbers }: Directory): RationalPolynomials | undefined {
  const values = numbers.get(tag.rpcCoefficients);
  if (values === undefined || values.length < 92) return undefined;
  const [errorBias = 0, errorRandom = 0, lineOffset = 0, sampleOffset = 0] = values;
  const [latitudeOffset = 0, longitudeOffset = 0, heightOffset = 0] = values.subarray(4);
  const [lineScale = 0, sampleScale = 0, latitudeScale = 0, longitudeScale = 0, heightScale = 0] =
    values.subarray(7);
  const polynomial = (from: number): number[] => [...values.subarray(from, from + 20)];
  return {
    errorBias,
    errorRandom,
    lineOffset,
    sampleOffset,
    latitudeOffset,
    longitudeOffset,
    heightOffset,
    lineScale,
    sampleScale,
    latitudeScale,
    longitudeScale,
    heightScale,
    lineNumerator: polynomial(12),
    lineDenominator: polynomial(32),
    sampleNumerator: polynomial(52),
    sampleDenominator: polynomial(72),
  };
}

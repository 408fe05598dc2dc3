import type { BandAsset } from '../../src/catalog/item.ts';
import type { RasterInfo } from '../../src/raster/raster.ts';

/** The first band of a file as a catalog would state it, without scale and offset. */
export function bandAssetOf(
  name: string,
  href: string,
  crs: string,
  info: Pick<RasterInfo, 'width' | 'height' | 'dataType' | 'nodata' | 'transform'>,
): BandAsset {
  const { width, height, dataType, nodata, transform = [1, 0, 0, 0, -1, 0] } = info;
  return {
    name,
    commonName: name,
    assetKey: name,
    href,
    bandIndex: 0,
    dataType,
    nodata,
    scale: 1,
    offset: 0,
    grid: { crs, transform, width, height },
  };
}

"""Makes rasters of several grids and parcels in the folder argv[1], and prints what rasterio, PROJ and rasterstats measure."""
import json, sys
import numpy as np, rasterio
from affine import Affine
from rasterio.crs import CRS
from rasterio.enums import Resampling
from rasterio.warp import transform, transform_bounds
from rasterstats import zonal_stats

folder = sys.argv[1]
rng = np.random.default_rng(5)
left, top, width, height = 699_990, 5_300_030, 601, 503
crs = CRS.from_epsg(32631)
own = Affine(10, 0, left, 0, -10, top)
rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True).__enter__()


def write(name, pixels, transform, crs, mask=None, overviews=None, nodata=None):
    profile = dict(driver='GTiff', width=pixels.shape[1], height=pixels.shape[0], count=1, dtype=pixels.dtype, nodata=nodata)
    profile.update(crs=crs, transform=transform, tiled=True, blockxsize=128, blockysize=128, compress='deflate')
    with rasterio.open(f'{folder}/{name}.tif', 'w', **profile) as file:
        file.write(pixels, 1)
        if mask is not None:
            file.write_mask(mask)
    if overviews:
        with rasterio.open(f'{folder}/{name}.tif', 'r+') as file:
            file.build_overviews(overviews, Resampling.average)


def field(h, w):
    return rng.integers(100, 10_000, (h, w)).astype(np.uint16)


nir = field(height, width)
nir[:90, :140] = 0
write('nir', nir, own, crs, overviews=[2, 4], nodata=0)
mask = np.where(rng.random((height, width)) < 0.7, 255, 0).astype(np.uint8)
mask[200:330, 120:390] = 0
write('masked', field(height, width), own, crs, mask=mask)
turned = Affine.translation(left - 900, top + 700) * Affine.rotation(-17) * Affine.scale(11.1, -9.3)
write('turned', field(760, 860), turned, crs, nodata=0)
west, south, east, north = transform_bounds(crs, CRS.from_epsg(32632), left, top - height * 10, left + width * 10, top)
# Ends within the image, so that a part of it has no pixels of this band.
foreign = Affine(12.5, 0, west + 1200.3, 0, -12.5, north + 30.7)
write('foreign', field(int((north - south) / 12.5), int((east - west) / 12.5)), foreign, CRS.from_epsg(32632))

parcels = []
for i in range(60):
    x, y, r = left + rng.uniform(200, 5800), top - rng.uniform(200, 4800), rng.uniform(40, 400)
    angles = np.sort(rng.uniform(0, 2 * np.pi, 7))
    ring = [(x + r * np.cos(a), y + r * np.sin(a)) for a in angles]
    parcels.append({'type': 'Polygon', 'coordinates': [ring + ring[:1]]})


def measured(pixels, transform, valid):
    values = np.where(valid, pixels, np.nan).astype(np.float64)
    found = zonal_stats(parcels, values, affine=transform, nodata=np.nan, stats=['count', 'mean', 'min', 'max', 'std'])
    return [{k: None if v is None or np.ma.is_masked(v) else float(v) for k, v in one.items()} for one in found]


expected = {}
for level, overview in enumerate([2, 4]):
    with rasterio.open(f'{folder}/nir.tif', overview_level=level) as file:
        pixels = file.read(1)
        expected[f'overview {overview}'] = {'size': 10 * overview, **{'rows': measured(pixels, file.transform, pixels != 0)}}
with rasterio.open(f'{folder}/masked.tif') as file:
    expected['masked'] = {'rows': measured(file.read(1), own, file.read_masks(1) > 0)}
for name in ['turned', 'foreign']:
    with rasterio.open(f'{folder}/{name}.tif') as file:
        # Not warped by GDAL, which places pixels by interpolation: one of 400 then comes from the neighbour.
        rows, columns = np.mgrid[0:height, 0:width]
        x, y = own * (columns.ravel() + 0.5, rows.ravel() + 0.5)
        column, row = np.floor(~file.transform * np.array(transform(crs, file.crs, x, y))).astype(int)
        inside = (column >= 0) & (column < file.width) & (row >= 0) & (row < file.height)
        laid, valid = np.zeros(nir.size, np.uint16), inside.reshape(nir.shape)
        laid[inside] = file.read(1)[row[inside], column[inside]]
        laid = laid.reshape(nir.shape)
    both = nir.astype(np.float64) + laid
    ndvi = np.divide(nir.astype(np.float64) - laid, both, out=np.zeros_like(both), where=both > 0)
    expected[name] = {'rows': measured(ndvi, own, (nir != 0) & valid)}
print(json.dumps({'parcels': parcels, 'expected': expected}))

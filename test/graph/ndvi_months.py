"""Reference for run.test.ts: monthly NDVI medians of a farm by rasterio and numpy, printed as JSON."""
import glob
import json
import sys
from collections import defaultdict

import numpy as np
import rasterio

folder, left, top, width, height, start, end = sys.argv[1], *map(float, sys.argv[2:4]), *map(int, sys.argv[4:6]), *sys.argv[6:8]
MASKED = [0, 1, 3, 8, 9, 10, 11]


def read(asset, base):
    path = base + "/" + asset["href"]
    with rasterio.open(path) as file:
        stored = file.read(1)
        column = round((file.transform.c - left) / 10)
        row = round((top - file.transform.f) / 10)
    value = stored * asset.get("raster:scale", 1.0) + asset.get("raster:offset", 0.0)
    value = np.where(stored == asset.get("nodata", None), np.nan, value)
    out = np.full((height, width), np.nan)
    for r in range(height):
        for c in range(width):
            y, x = r - row, c - column
            if 0 <= y < value.shape[0] and 0 <= x < value.shape[1]:
                out[r, c] = value[y, x]
    return out


def covered(box, other):
    """The share of a box that another one covers."""
    wide = min(box[2], other[2]) - max(box[0], other[0])
    high = min(box[3], other[3]) - max(box[1], other[1])
    return max(wide, 0) * max(high, 0) / ((box[2] - box[0]) * (box[3] - box[1]))


# Of several processings of an acquisition the newest wins (the last part of the product's name); an older one only fills
# what the newer ones leave open, and is left out when a newer one covers nine tenths of it.
takes = defaultdict(list)
for path in glob.glob(folder + "/*/item.json"):
    item = json.load(open(path))
    if start <= item["properties"]["datetime"] < end:
        parts = item["id"].split("_")
        takes[parts[2]].append((parts[6], item, path.rsplit("/", 1)[0]))

months = defaultdict(list)
for products in takes.values():
    kept = []
    for made, item, base in sorted(products, key=lambda product: product[0], reverse=True):
        if not any(covered(item["bbox"], newer["bbox"]) >= 0.9 for newer, _ in kept):
            kept.append((item, base))
    bands = []
    for band in ("B04", "B8A", "SCL"):
        layer = np.full((height, width), np.nan)
        for item, base in kept:
            more = read(item["assets"][band], base)
            layer = np.where(np.isnan(layer), more, layer)
        bands.append(layer)
    red, nir, scl = bands
    ndvi = (nir - red) / (nir + red)
    ndvi[np.isnan(scl) | np.isin(scl, MASKED)] = np.nan
    months[kept[0][0]["properties"]["datetime"][:7]].append(ndvi)

result = {}
for month, layers in sorted(months.items()):
    with np.errstate(all="ignore"):
        median = np.nanmedian(np.stack(layers), axis=0)
    result[month] = [[None if np.isnan(v) else float(v) for v in row] for row in median]
print(json.dumps(result))

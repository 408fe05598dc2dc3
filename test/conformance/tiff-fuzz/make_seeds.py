"""Small TIFFs of the kinds that Furrow reads and does not write, for tiff-fuzz: argument 1 is the folder."""
import sys

import numpy as np
import rasterio
from rasterio.transform import from_origin

folder = sys.argv[1]
random = np.random.default_rng(7)
y, x = np.mgrid[0:70, 0:90]
base = ((np.sin(x / 9) + np.cos(y / 7)) * 50 + 128 + random.normal(0, 3, (70, 90))).clip(0, 255)
rgb = np.stack([base, np.roll(base, 20, 1), 255 - base]).astype("uint8")
rgba = np.concatenate([rgb, ((base > 100) * 255).astype("uint8")[None]])


def write(name, bands, mask=False, internal=True, **options):
    count, height, width = bands.shape
    profile = dict(driver="GTiff", width=width, height=height, count=count, dtype=bands.dtype)
    profile.update(crs="EPSG:32631", transform=from_origin(5e5, 5e6, 10, 10), **options)
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=internal):
        with rasterio.open(f"{folder}/{name}.tif", "w", **profile) as image:
            image.write(bands)
            if mask:
                image.write_mask(base > 90)


tiles = dict(tiled=True, blockxsize=32, blockysize=32)
write("jpeg-ycbcr", rgb, compress="jpeg", photometric="ycbcr", **tiles)
write("jpeg-gray", rgb[:1], compress="jpeg")
write("jpeg-rgba", rgba, compress="jpeg", interleave="pixel", **tiles)
write("webp", rgba, compress="webp", interleave="pixel", **tiles)
write("webp-lossless", rgb, compress="webp", webp_lossless=True, interleave="pixel")
write("lerc", base.astype("float32")[None], compress="lerc_deflate", max_z_error=0.1, **tiles)
write("lerc-zstd", rgb.astype("uint16"), compress="lerc_zstd", interleave="pixel")
write("packbits", rgb, compress="packbits", interleave="band")
write("one-bit", (base > 100).astype("uint8")[None], nbits=1, compress="lzw")
write("twelve-bit", rgb.astype("uint16") * 16, nbits=12, compress="deflate", interleave="pixel")
write("half", base.astype("float32")[None], nbits=16, compress="zstd", predictor=3)
write("mask", rgb, mask=True, compress="deflate", **tiles)
write("big-endian", rgb.astype("int16"), endianness="big", bigtiff="yes", compress="lzw", predictor=2)
write("strips", base.astype("float64")[None], compress="deflate", predictor=3, blockysize=16)
write("sparse", np.zeros((2, 70, 90), "int8"), sparse_ok=True, **tiles)
write("palette", (base / 16).astype("uint8")[None], photometric="palette")

"""Small TIFFs of the kinds that Furrow reads and does not write, by GDAL.

Argument 1 is the folder. With --expect, what rasterio reads of each stands beside it: NAME.json (header), NAME.raw
(pixels, band after band) and, for each level, NAME.mask0, NAME.mask1 ... (dataset mask, 0 or 1). The header of a masked file has
`zonal`, rasterstats' statistics of its first band under its mask in three squares (`SQUARES`). With --jp2 there are some JPEG 2000
files too.
"""
import json
import sys
from pathlib import Path

import numpy as np
import rasterio
from rasterio.control import GroundControlPoint
from rasterio.enums import ColorInterp, Resampling
from rasterio.rpc import RPC
from rasterio.transform import from_origin
from rasterio.warp import transform
from rasterstats import zonal_stats

folder = Path(sys.argv[1])
random = np.random.default_rng(7)
y, x = np.mgrid[0:70, 0:90]
base = ((np.sin(x / 9) + np.cos(y / 7)) * 50 + 128 + random.normal(0, 3, (70, 90))).clip(0, 255)
rgb = np.stack([base, np.roll(base, 20, 1), 255 - base]).astype("uint8")
alpha = ((base > 100) * 255).astype("uint8")
rgba = np.concatenate([rgb, alpha[None]])
floats = base.astype("float32")[None]
holes = floats.copy()
holes[:, 5:20, 10:60] = np.nan
SQUARES = [(500100, 4999350, 500450, 4999900), (500455, 4999305, 500895, 4999995), (500300, 4999500, 500320, 4999520)]
shapes = np.concatenate([holes, floats])
visible = base > 90


def write(name, bands, finish=None, internal=True, **options):
    count, height, width = bands.shape
    profile = dict(driver="GTiff", width=width, height=height, count=count, dtype=bands.dtype)
    profile.update(crs="EPSG:32631", transform=from_origin(5e5, 5e6, 10, 10))
    profile.update(options)
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=internal):
        with rasterio.open(folder / f"{name}.tif", "w", **profile) as image:
            image.write(bands)
            if finish:
                finish(image)


def add_mask(image):
    image.write_mask(visible)


def overviews(name):
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):
        with rasterio.open(folder / f"{name}.tif", "r+") as image:
            image.build_overviews([2, 4], Resampling.nearest)


tiles = dict(tiled=True, blockxsize=32, blockysize=32)
write("jpeg-ycbcr", rgb, compress="jpeg", photometric="ycbcr", **tiles)
write("jpeg-rgb", rgb, compress="jpeg", photometric="rgb", jpeg_quality=95)
write("jpeg-gray", rgb[:1], compress="jpeg")
write("jpeg-two", rgb[:2], compress="jpeg", interleave="pixel")
write("jpeg-planes", rgb, compress="jpeg", interleave="band", **tiles)
write("jpeg-rgba", rgba, compress="jpeg", interleave="pixel", **tiles)
write("jpeg-mask", rgb, add_mask, compress="jpeg", photometric="ycbcr", **tiles)
overviews("jpeg-mask")
write("webp", rgba, compress="webp", interleave="pixel", **tiles)
write("webp-lossless", rgb, compress="webp", webp_lossless=True, interleave="pixel")
write("lerc", floats, compress="lerc_deflate", max_z_error=0.1, **tiles)
write("lerc-zstd", rgb.astype("uint16"), compress="lerc_zstd", interleave="pixel")
write("lerc-holes", holes, compress="lerc", nodata=np.nan)
write("lerc-shapes", shapes, compress="lerc", interleave="pixel", nodata=np.nan)
write("lerc-alpha", rgba, compress="lerc", interleave="pixel")
write("packbits", rgb, compress="packbits", interleave="band")
write("one-bit", visible.astype("uint8")[None], nbits=1, compress="lzw")
write("four-bit", rgb[:1] // 16, nbits=4)
write("twelve-bit", rgb.astype("uint16") * 16, nbits=12, compress="deflate", interleave="pixel")
write("half", floats, nbits=16, compress="zstd", predictor=3)
write("half-plain", floats, nbits=16, endianness="big")
write("float24", floats, nbits=24, compress="deflate", predictor=3)
write("mask", rgb, add_mask, compress="deflate", **tiles)
overviews("mask")
write("mask-beside", rgb.astype("uint16"), add_mask, internal=False)
write("mask-and-nodata", rgb[:1], add_mask, nodata=128)
write("mask-float", floats, add_mask, compress="zstd")
write("alpha-deep", rgba.astype("uint16") * 257, photometric="rgb", alpha="yes")
write("alpha-two", np.stack([base.astype("uint8"), alpha]), alpha="yes")
write("nodata-outside", rgb[:1].astype("int16"), nodata=-32768)
write("nodata-nan", holes, nodata=np.nan)
write("big-endian", rgb.astype("int16"), endianness="big", bigtiff="yes", compress="lzw", predictor=2)
write("strips", base.astype("float64")[None], compress="deflate", predictor=3, blockysize=16)
write("sparse", np.zeros((2, 70, 90), "int8"), sparse_ok=True, **tiles)
write(
    "palette",
    (base / 16).astype("uint8")[None],
    lambda image: image.write_colormap(1, {i: (i * 3, 255 - i, i, 255) for i in range(16)}),
    photometric="palette",
)


def describe(image):
    image.update_tags(station="<A & B>", TIFFTAG_SOFTWARE="made by hand")
    image.set_band_description(1, "first")
    image.colorinterp = [ColorInterp.blue, ColorInterp.green, ColorInterp.red]


write("described", rgb, describe, photometric="rgb")
write(
    "points",
    rgb[:1],
    lambda image: setattr(
        image,
        "gcps",
        (
            [GroundControlPoint(0, 0, 5.0, 50.0, 1.0), GroundControlPoint(70, 90, 6.0, 49.0, 2.0), GroundControlPoint(0.5, 90, 6.0, 50.0)],
            rasterio.CRS.from_epsg(4326),
        ),
    ),
    crs=None,
    transform=None,
)
ramp = [float(i) / 8 for i in range(20)]
write(
    "rational",
    rgb[:1],
    rpcs=RPC(10.0, 1.0, 50.0, 0.1, ramp, ramp[::-1], 35.0, 30.0, 5.0, 0.2, ramp, ramp[::-1], 45.0, 40.0, 0.5, 0.25),
    crs=None,
    transform=None,
)
own = {
    "tmerc": "+proj=tmerc +lat_0=49 +lon_0=12.5 +k=0.9997 +x_0=400000 +y_0=-100000 +ellps=GRS80 +units=m",
    "lcc": "+proj=lcc +lat_0=46.5 +lon_0=3 +lat_1=49 +lat_2=44 +x_0=700000 +y_0=6600000 +ellps=GRS80 +units=m",
    "stere": "+proj=stere +lat_0=90 +lat_ts=71 +lon_0=-39 +x_0=0 +y_0=0 +datum=WGS84 +units=m",
    "sterea": "+proj=sterea +lat_0=52 +lon_0=5 +k=0.9999 +x_0=155000 +y_0=463000 +ellps=GRS80 +units=m",
    "merc": "+proj=merc +lon_0=10 +k=0.99 +x_0=5 +y_0=7 +datum=WGS84 +units=m",
    "feet": "+proj=tmerc +lat_0=40 +lon_0=-76 +k=1 +x_0=609601.2192 +y_0=0 +ellps=GRS80 +units=us-ft",
    "longlat": "+proj=longlat +a=6378000 +rf=300",
}
for name, text in own.items():
    place = from_origin(4, 50, 0.01, 0.01) if name == "longlat" else from_origin(5e5, 3e5, 10, 10)
    write(f"crs-{name}", rgb[:1], crs=rasterio.CRS.from_string(text), transform=place)

if "--jp2" in sys.argv:
    jp2 = dict(driver="JP2OpenJPEG", width=90, height=70, crs="EPSG:32631", transform=from_origin(5e5, 5e6, 10, 10))
    variants = {
        "tiled": dict(reversible="YES", quality="100", blockxsize=32, blockysize=32),
        "whole": dict(quality="30"),
        "stream": dict(codec="J2K", blockxsize=64, blockysize=64),
    }
    for name, options in variants.items():
        with rasterio.open(folder / f"{name}.jp2", "w", count=3, dtype="uint16", **jp2, **options) as image:
            image.write(rgb.astype("uint16") * 100)

if "--expect" in sys.argv:
    for path in sorted(folder.glob("*.tif")):
        with rasterio.open(path) as image:
            np.ascontiguousarray(image.read()).tofile(path.with_suffix(".raw"))
            levels = 1 + len(image.overviews(1))
            points, points_crs = image.gcps
            header = dict(
                dtype=image.dtypes[0],
                count=image.count,
                nodata=None if image.nodata is None else repr(image.nodata),
                flags=[[flag.name for flag in band] for band in image.mask_flag_enums],
                colors=[color.name for color in image.colorinterp],
                palette=[list(color) for color in image.colormap(1).values()] if image.colorinterp[0].name == "palette" else None,
                tags={name: text for name, text in image.tags().items() if name != "AREA_OR_POINT"},
                descriptions=[text or "" for text in image.descriptions],
                gcps=[[p.col, p.row, p.x, p.y, p.z or 0] for p in points],
                gcp_crs=points_crs and points_crs.to_epsg(),
                rpcs=image.rpcs and image.rpcs.to_dict(),
                levels=levels,
            )
            if path.stem.startswith("crs-") and image.crs.is_projected:
                # Degrees on the file's own ellipsoid: no datum shift comes into it.
                words = own[path.stem[4:]].split()
                figure = [word for word in words if word.startswith(("+ellps", "+datum"))]
                degrees = rasterio.CRS.from_string(" ".join(["+proj=longlat", *figure]))
                places = [image.transform * place for place in [(0, 0), (90, 70)]]
                lon, lat = transform(image.crs, degrees, *zip(*places))
                header["places"] = [[*place, a, b] for place, a, b in zip(places, lon, lat)]
            if "per_dataset" in header["flags"][0] and not path.stem.startswith(("jpeg", "webp")):
                visible_here = (image.dataset_mask() > 0) & (image.read(1) != image.nodata)
                values = np.where(visible_here, image.read(1).astype("float64"), -1e9)
                header["zonal"] = zonal_stats(
                    [{"type": "Polygon", "coordinates": [[(a, b), (c, b), (c, d), (a, d), (a, b)]]} for a, b, c, d in SQUARES],
                    values, affine=image.transform, nodata=-1e9, stats="count sum min max mean std",
                )
                header["squares"] = SQUARES
            path.with_suffix(".json").write_text(json.dumps(header))
        for level in range(levels):
            with rasterio.open(path, **({} if level == 0 else {"OVERVIEW_LEVEL": level - 1})) as image:
                (image.dataset_mask() > 0).astype("uint8").tofile(path.with_suffix(f".mask{level}"))

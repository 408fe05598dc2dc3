"""Writes ENVI images of all types, interleaves and some grids with GDAL into a folder, and what GDAL reads back (cases.json)."""
import hashlib, json, os, sys, warnings
import numpy as np, rasterio
from rasterio.transform import Affine

warnings.filterwarnings('ignore')
folder = sys.argv[1]
rng = np.random.default_rng(2)
types = ['uint8', 'int16', 'uint16', 'int32', 'uint32', 'float32', 'float64', 'int64', 'uint64']
cases = [(f'{t} {i}', t, i, {}) for t in types for i in ('bsq', 'bil', 'bip')]
cases += [
    ('degrees', 'float32', 'bsq', dict(crs='EPSG:4326', transform=Affine(0.001, 0, 5, 0, -0.001, 50))),
    ('southern zone', 'int16', 'bsq', dict(crs='EPSG:32733')),
    ('rotated', 'int16', 'bsq', dict(transform=Affine.translation(600000, 5000000) * Affine.rotation(20) * Affine.scale(10, -10))),
    ('no grid', 'uint8', 'bsq', dict(crs=None, transform=Affine.identity())),
    ('nodata', 'float32', 'bil', dict(nodata=-9999)),
    ('several strips', 'int16', 'bsq', dict(size=(900, 400))),
    ('complex', 'complex64', 'bsq', {}),
]
sha = lambda bands: [hashlib.sha256(np.ascontiguousarray(band).tobytes()).hexdigest() for band in bands]
answers = []


def answer(name, path):
    with rasterio.open(path) as ds:
        pixels = ds.read()
        answers.append(dict(name=name, path=path, dtype=ds.dtypes[0], nodata=ds.nodata, epsg=ds.crs.to_epsg() if ds.crs else None, transform=list(ds.transform)[:6], sha=sha(pixels), window=sha(pixels[:, 7:29, 11:40])))


for number, (name, dtype, interleave, options) in enumerate(cases):
    height, width = options.pop('size', (41, 57))
    path = os.path.join(folder, f'{number}.img')
    profile = dict(crs='EPSG:32631', transform=Affine(10, 0, 600000, 0, -20, 5000000), **{}) | options
    data = (rng.random((3, height, width)) * 200).astype(dtype)
    with rasterio.open(path, 'w', driver='ENVI', width=width, height=height, count=3, dtype=dtype, INTERLEAVE=interleave, **profile) as ds:
        ds.write(data)
    if os.path.exists(path + '.aux.xml'):
        os.remove(path + '.aux.xml')
    answer(name, path)
    if interleave == 'bil':
        # The same with the other byte order, behind 100 bytes of something else, named as SNAP names its files.
        twin = os.path.join(folder, f'{number}_big.img')
        kind = np.dtype(dtype)
        with open(twin, 'wb') as file:
            file.write(b'#' * 100 + np.fromfile(path, kind).astype(kind.newbyteorder('>')).tobytes())
        header = open(path[:-4] + '.hdr').read()
        with open(twin[:-4] + '.hdr', 'w') as file:
            file.write(header.replace('byte order = 0', 'byte order = 1').replace('header offset = 0', 'header offset = 100'))
        answer(f'{name}, big endian', twin)
json.dump(answers, open(os.path.join(folder, 'cases.json'), 'w'))

"""Writes JPEG 2000 files of many encodings with GDAL into a folder, and what GDAL reads back (cases.json)."""
import hashlib, json, os, sys, warnings
import numpy as np, rasterio
from rasterio.transform import Affine

warnings.filterwarnings('ignore')
folder = sys.argv[1]
rng = np.random.default_rng(1)


def image(bands, height, width, dtype, bits):
    y, x = np.mgrid[0:height, 0:width]
    info = np.iinfo(dtype)
    most = (1 << bits) - 1 if bits else info.max
    waves = [(np.sin(x / 37 + b) + np.cos(y / 23 - b)) * 0.2 + 0.5 + rng.normal(0, 0.01, (height, width)) for b in range(bands)]
    return np.array([np.clip(info.min / 2 + v * (most - info.min) * 0.9, info.min, most).astype(dtype) for v in waves])


tiles = dict(BLOCKXSIZE=250, BLOCKYSIZE=220)
cases = {
    'tiles of 640': dict(size=(1400, 1500), BLOCKXSIZE=640, BLOCKYSIZE=640, RESOLUTIONS=6),
    'small precincts and code-blocks, RPCL': dict(size=(700, 1000), BLOCKXSIZE=192, BLOCKYSIZE=160, RESOLUTIONS=5, PRECINCTS='{128,128},{64,64},{32,32}', PROGRESSION='RPCL', CODEBLOCK_WIDTH=32, CODEBLOCK_HEIGHT=16),
    'odd tiles and precincts, PCRL': dict(size=(700, 1000), BLOCKXSIZE=300, BLOCKYSIZE=220, RESOLUTIONS=4, PRECINCTS='{64,128},{64,64}', PROGRESSION='PCRL'),
    'lengths of packets and tile parts': dict(PLT='YES', TLM='YES', **tiles),
    'a tile part for each resolution': dict(TILEPARTS='RESOLUTIONS', SOP='YES', EPH='YES', **tiles),
    'a tile part for each layer, indexed': dict(TILEPARTS='LAYERS', QUALITY='20,50,100', TLM='YES', **tiles),
    'lossy': dict(lossy=True, QUALITY='25', **tiles),
    'signed': dict(dtype='int16', **tiles),
    'bytes': dict(dtype='uint8', **tiles),
    'twelve bits': dict(bits=12, NBITS=12, **tiles),
    'one bit': dict(dtype='uint8', bits=1, NBITS=1, **tiles),
    'true colour': dict(dtype='uint8', bands=3, **tiles),
    'true colour with alpha': dict(dtype='uint8', bands=4, **tiles),
    'two bands': dict(bands=2, **tiles),
    'three bands of 16 bits': dict(bands=3, **tiles),
    'five signed bands, CPRL': dict(bands=5, dtype='int16', PROGRESSION='CPRL', **tiles),
    'georeference in GML only': dict(GeoJP2='NO', GMLJP2='YES'),
    'degrees in GML only': dict(crs='EPSG:4326', GeoJP2='NO', GMLJP2='YES'),
    'a bare codestream': dict(codec='J2K'),
}
answers = []
sha = lambda bands: [hashlib.sha256(np.ascontiguousarray(band).tobytes()).hexdigest() for band in bands]
for number, (name, options) in enumerate(cases.items()):
    options = dict(options)
    bands, bits = options.pop('bands', 1), options.pop('bits', None)
    (height, width), dtype = options.pop('size', (300, 520)), options.pop('dtype', 'uint16')
    crs = options.pop('crs', 'EPSG:32631')
    transform = Affine(0.001, 0, 5, 0, -0.002, 50) if crs == 'EPSG:4326' else Affine(10, 0, 600000, 0, -10, 5000000)
    if not options.pop('lossy', False):
        options.update(REVERSIBLE='YES')
        options.setdefault('QUALITY', '100')
    path = os.path.join(folder, f'{number}.{"j2k" if options.get("codec") else "jp2"}')
    with rasterio.open(path, 'w', driver='JP2OpenJPEG', width=width, height=height, count=bands, dtype=dtype, crs=crs, transform=transform, tiled='BLOCKXSIZE' in options, **{k: str(v) for k, v in options.items()}) as ds:
        ds.write(image(bands, height, width, dtype, bits))
    if os.path.exists(path + '.aux.xml'):
        os.remove(path + '.aux.xml')
    with rasterio.open(path) as ds:
        pixels = ds.read()
        answer = dict(name=name, path=path, dtype=ds.dtypes[0], epsg=ds.crs.to_epsg() if ds.crs else None, transform=list(ds.transform)[:6], overviews=len(ds.overviews(1)))
    answer.update(sha=sha(pixels), window=sha(pixels[:, 211:290, 97:301]), levels=[])
    for level in range(answer['overviews']):
        with rasterio.open(path, overview_level=level) as ds:
            answer['levels'].append(dict(width=ds.width, height=ds.height, sha=sha(ds.read())))
    answers.append(answer)
json.dump(answers, open(os.path.join(folder, 'cases.json'), 'w'))

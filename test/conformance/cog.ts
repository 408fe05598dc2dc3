import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Affine } from '../../src/geometry/affine.ts';
import type { Compression } from '../../src/raster/encode-tile.ts';
import { openRaster } from '../../src/raster/open-raster.ts';
import { type DataType, dataTypes, type PixelArray } from '../../src/raster/pixels.ts';
import { TileCache } from '../../src/raster/tile-cache.ts';
import { encodeCog } from '../../src/raster/write-cog.ts';
import { memorySource } from '../../src/storage/memory-source.ts';
import { syntheticBand } from '../support/synthetic-pixels.ts';
import { testPython, withoutTestPython } from '../support/venv.ts';

interface Check {
  readonly name: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  readonly message?: string;
}

export interface CogReport {
  readonly suite: 'cog';
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly details: Check[];
}

interface Case {
  readonly name: string;
  readonly dataType: DataType;
  readonly compression: Compression;
  readonly predictor: 1 | 2 | 3;
  readonly width: number;
  readonly height: number;
  readonly bands: number;
  readonly bigTiff: boolean;
  readonly nodata: number | undefined;
  readonly interleave: 'pixel' | 'band';
  readonly crs: string;
  readonly transform: Affine;
}

const compressions: readonly Compression[] = ['deflate', 'zstd', 'lzw', 'none'];
const sizes: readonly (readonly [width: number, height: number, bands: number])[] = [
  [1, 1, 1],
  [255, 257, 3],
  [512, 512, 1],
  [512, 512, 3],
  [1300, 700, 1],
  [1300, 700, 3],
];

/** Every type, compression and predictor that the writer offers, at each size; the other options change along the list. */
export function cogCases(short: boolean): Case[] {
  const cases: Case[] = [];
  for (const dataType of dataTypes)
    for (const compression of compressions)
      for (const predictor of predictorsOf(dataType, compression))
        for (const [width, height, bands] of sizes) {
          const number = cases.length;
          const bigTiff = number % 3 === 1;
          const nodata =
            number % 4 === 3 ? undefined : dataType.startsWith('float') && number % 4 === 1 ? Number.NaN : 7;
          const interleave = number % 2 === 0 ? 'pixel' : 'band';
          const crs =
            ['EPSG:32631', 'EPSG:4326', 'EPSG:3035', 'EPSG:32733', 'EPSG:4258'][number % 5] ?? 'EPSG:4326';
          const geographic = crs === 'EPSG:4326' || crs === 'EPSG:4258';
          const transform: Affine = geographic
            ? [0.001, 0, 4.25, 0, -0.001, 51.5]
            : [10, 0, 600000, 0, number % 7 === 0 ? 10 : -10, 5800020];
          const name = `${dataType} ${compression} predictor ${predictor}, ${width} x ${height} x ${bands}, ${bigTiff ? 'BigTIFF' : 'classic'}, nodata ${nodata}, ${interleave}, ${crs}`;
          cases.push({
            name,
            dataType,
            compression,
            predictor,
            width,
            height,
            bands,
            bigTiff,
            nodata,
            interleave,
            crs,
            transform,
          });
        }
  return short ? cases.filter((_, number) => number % 11 === 0) : cases;
}

function predictorsOf(dataType: DataType, compression: Compression): (1 | 2 | 3)[] {
  if (compression === 'none') return [1];
  return [1, dataType.startsWith('float') ? 3 : 2];
}

/** What a reader must find in the file of a case, pixels as SHA-256 of little-endian bytes by level and band. */
interface Expectation {
  readonly path: string;
  readonly crs: string;
  readonly transform: readonly number[];
  readonly nodata: number | 'nan' | null;
  readonly dtype: DataType;
  readonly compression: string;
  readonly overviews: readonly number[];
  readonly scale: number;
  readonly description: string;
  readonly sha: readonly (readonly string[])[];
}

const judge = `
import hashlib, json, math, sys, warnings
import rasterio
from rio_cogeo.cogeo import cog_validate
warnings.filterwarnings('ignore')

def problems(case):
    found = []
    valid, errors, warns = cog_validate(case['path'], strict=True)
    if not valid or errors or warns: found.append(f'rio cogeo: {errors + warns}')
    levels = [None] + list(range(len(case['overviews'])))
    for number, level in enumerate(levels):
        options = {} if level is None else {'OVERVIEW_LEVEL': level}
        with rasterio.open(case['path'], **options) as ds:
            if level is None:
                nodata = 'nan' if ds.nodata is not None and math.isnan(ds.nodata) else ds.nodata
                seen = {
                    'crs': f'EPSG:{ds.crs.to_epsg()}', 'transform': list(ds.transform)[:6], 'nodata': nodata, 'dtype': ds.dtypes[0],
                    'compression': ds.compression.value.lower() if ds.compression else 'none', 'overviews': ds.overviews(1),
                    'scale': ds.scales[0], 'description': ds.descriptions[-1] or '',
                }
                for key, value in seen.items():
                    if value != case[key]: found.append(f'{key}: {value} for {case[key]}')
            for band in range(ds.count):
                pixels = ds.read(band + 1)
                if hashlib.sha256(pixels.tobytes()).hexdigest() != case['sha'][number][band]:
                    found.append(f'pixels of level {number}, band {band} differ')
    return found

cases = json.load(open(sys.argv[1]))
answers = []
for case in cases:
    try: answers.append('; '.join(problems(case)))
    except Exception as error: answers.append(f'{type(error).__name__}: {error}')
print(json.dumps(answers))
`;

function sha(pixels: PixelArray): string {
  return createHash('sha256')
    .update(new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength))
    .digest('hex');
}

/** The bands of one type: making them anew for each codec would take as long as encoding them. */
const made = new Map<string, PixelArray>();

function bandOf(
  type: DataType,
  width: number,
  height: number,
  band: number,
  nodata: number | undefined,
): PixelArray {
  const key = [type, width, height, band, nodata].join();
  let pixels = made.get(key);
  if (pixels === undefined) {
    if (![...made.keys()].every((other) => other.startsWith(`${type},`))) made.clear();
    pixels = syntheticBand(type, width, height, width + band, nodata);
    made.set(key, pixels);
  }
  return pixels;
}

async function write(folder: string, item: Case, number: number): Promise<Expectation> {
  const { dataType, width, height, nodata } = item;
  const bands = Array.from({ length: item.bands }, (_, band) =>
    bandOf(dataType, width, height, band, nodata),
  );
  const description = `band ${item.bands} <&> "é"`;
  const bytes = await encodeCog(
    { width, height, dataType, bands },
    {
      ...item,
      level: item.compression === 'none' || item.compression === 'lzw' ? undefined : 1,
      resampling: number % 2 === 0 ? 'average' : 'nearest',
      scale: 0.0001,
      offset: -0.1,
      descriptions: bands.map((_, band) => (band === item.bands - 1 ? description : '')),
    },
  );
  const path = join(folder, `${number}.tif`);
  await writeFile(path, bytes);
  const raster = await openRaster(memorySource(bytes), { tileCache: new TileCache() });
  // Level 0 is judged by what went in, overviews by what our reader says came out.
  const levels = raster.info.levels.map(async (_, level) => (level === 0 ? bands : raster.read({ level })));
  const hashes = (await Promise.all(levels)).map((pixels) => pixels.map(sha));
  return {
    path,
    crs: item.crs,
    transform: item.transform,
    nodata: nodata === undefined ? null : Number.isNaN(nodata) ? 'nan' : nodata,
    dtype: dataType,
    compression: item.compression,
    overviews: raster.info.levels.slice(1).map((_, level) => 2 ** (level + 1)),
    scale: 0.0001,
    description,
    sha: hashes,
  };
}

const BATCH = 60;

async function judgeBatch(
  python: string,
  list: string,
  part: readonly Case[],
  expectations: readonly (Expectation | string)[],
): Promise<Check[]> {
  const written = expectations.filter((expectation) => typeof expectation !== 'string');
  await writeFile(list, JSON.stringify(written));
  const { stdout } = await promisify(execFile)(python, ['-c', judge, list], { maxBuffer: 2 ** 26 });
  const answers = JSON.parse(stdout) as string[];
  await Promise.all(written.map(({ path }) => rm(path)));
  return part.map(({ name }, i) => {
    const expectation = expectations[i];
    const message = typeof expectation === 'string' ? expectation : answers.shift();
    return message === ''
      ? { name, status: 'passed' }
      : { name, status: 'failed', message: message ?? 'no answer' };
  });
}

/**
 * Every type, compression, predictor and size that `encodeCog` offers: `rio cogeo validate` (strict) accepts the file
 * and rasterio reads the pixels that went in, the overviews as our reader reads them, and the same header.
 */
export async function cog({ short }: { readonly short: boolean }): Promise<CogReport> {
  const python = testPython();
  const cases = cogCases(short);
  if (python === undefined)
    return report(
      cases.map(({ name }) => ({ name, status: 'skipped' as const, message: withoutTestPython })),
    );
  const folder = await mkdtemp(join(tmpdir(), 'furrow-cog-'));
  try {
    const details: Promise<Check[]>[] = [];
    let judged: Promise<unknown> = Promise.resolve();
    for (let start = 0; start < cases.length; start += BATCH) {
      const part = cases.slice(start, start + BATCH);
      const expectations: (Expectation | string)[] = [];
      for (const [i, item] of part.entries())
        expectations.push(await write(folder, item, start + i).catch((error: unknown) => String(error)));
      // One batch is judged while the next is written, never two: their files take room on the disk.
      await judged;
      const checks = judgeBatch(python, join(folder, `cases-${start}.json`), part, expectations);
      judged = checks;
      details.push(checks);
    }
    return report((await Promise.all(details)).flat());
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function report(details: Check[]): CogReport {
  const count = (status: Check['status']): number =>
    details.filter((detail) => detail.status === status).length;
  return {
    suite: 'cog',
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped'),
    details,
  };
}

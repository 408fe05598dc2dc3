import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { writeCollection } from '../catalog/write-stac.ts';
import { InvalidArgument, StorageFailure, throwIfCancelled } from '../errors.ts';
import { transformBBox } from '../geometry/crs.ts';
import { type Grid, gridBounds } from '../geometry/grid.ts';
import { opticalPasses, radarPasses } from './calendar.ts';
import { listParcels, parcelsGeoJson } from './demo-parcels.ts';
import { paintLand } from './land-cover.ts';
import { makeLandscape } from './landscape.ts';
import { noiseField } from './noise.ts';
import { seeLand } from './optical-image.ts';
import { radarBands, radarImage } from './radar-image.ts';
import { opticalLayout, type SceneTarget, writeOpticalProduct, writeRadarPass } from './write-scene.ts';

export interface DemoOptions {
  /** Where the season goes; a demo season that is there is replaced, anything else is not touched. */
  readonly folder: string;
  /** Another seed makes another countryside (1). */
  readonly seed?: number | undefined;
  /** Pixels of 10 m along a side: even, 64 to 2048 (512). */
  readonly size?: number | undefined;
  /** Passes of Sentinel-2, 1 to 48 (24); Sentinel-1 has five sixths as many. */
  readonly dates?: number | undefined;
  readonly onProgress?: ((progress: DemoProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface DemoProgress {
  readonly done: number;
  readonly total: number;
  readonly what: string;
}

export interface DemoSeason {
  /** Path of collection.json. */
  readonly collection: string;
  /** Path of parcels.geojson. */
  readonly parcels: string;
  readonly parcelCount: number;
  readonly itemCount: number;
}

/** Changes with everything that changes the bytes. */
const version = 1;
const marker = 'demo-season.json';
const crs = 'EPSG:32632';
// The granule T32UPU ends at easting 709,800: the area lies across its eastern edge, T32UQU covers it wholly.
const granuleEdge = 709_800;
const north = 5_390_220;
const westernShare = 0.72;

/**
 * Generates the demo season: a fictional countryside in Bavaria, a STAC collection of Sentinel-2 and Sentinel-1 items (each
 * item holds the bands of its sensor, the collection lists all) and `parcels.geojson`. The same options give the same bytes.
 * Whole or not at all: it is made beside `folder` and then moved there.
 * Throws `InvalidArgument`, `StorageFailure` (disk full, no permission) or `Cancelled`.
 */
export async function makeDemoSeason(options: DemoOptions): Promise<DemoSeason> {
  const folder = resolve(options.folder);
  const settings = checkSettings(options);
  await refuseForeignFolder(folder);
  const draft = join(dirname(folder), `.${basename(folder)}.${process.pid}.${randomUUID().slice(0, 8)}.part`);
  try {
    await removeLeftDrafts(folder);
    await mkdir(draft, { recursive: true });
    const counts = await fillFolder(draft, settings, options);
    await writeFile(join(draft, marker), `${JSON.stringify(settings)}\n`);
    throwIfCancelled(options.signal, 'making the demo season');
    const old = `${draft}.old`;
    await rename(folder, old).catch(ignoreAbsent);
    await rename(draft, folder);
    await rm(old, { recursive: true, force: true });
    return {
      collection: join(folder, 'collection.json'),
      parcels: join(folder, 'parcels.geojson'),
      ...counts,
    };
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (error instanceof Error && 'syscall' in error)
      throw new StorageFailure(`the demo season cannot be written to ${folder}: ${error.message}`, {
        cause: error,
      });
    throw error;
  }
}

/** True when `folder` holds the demo season that these options would make. */
export async function hasDemoSeason(options: DemoOptions): Promise<boolean> {
  const held = await readFile(join(options.folder, marker), 'utf8').catch(() => undefined);
  return held?.trim() === JSON.stringify(checkSettings(options));
}

interface Settings {
  readonly version: number;
  readonly seed: number;
  readonly size: number;
  readonly dates: number;
}

function checkSettings({ seed = 1, size = 512, dates = 24 }: DemoOptions): Settings {
  if (!Number.isSafeInteger(seed)) throw new InvalidArgument(`seed must be a whole number, not ${seed}`);
  if (!Number.isInteger(size) || size % 2 !== 0 || size < 64 || size > 2048)
    throw new InvalidArgument(`size must be an even number from 64 to 2048, not ${size}`);
  if (!Number.isInteger(dates) || dates < 1 || dates > 48)
    throw new InvalidArgument(`dates must be a whole number from 1 to 48, not ${dates}`);
  return { version, seed, size, dates };
}

async function fillFolder(
  folder: string,
  { seed, size, dates }: Settings,
  { onProgress, signal }: DemoOptions,
): Promise<{ parcelCount: number; itemCount: number }> {
  const westernColumns = 2 * Math.round((size * westernShare) / 2);
  const grid: Grid = {
    crs,
    transform: [10, 0, granuleEdge - westernColumns * 10, 0, -10, north],
    width: size,
    height: size,
  };
  const target: SceneTarget = { folder, collection: 'demo', grid, seed, signal };
  const optical = opticalPasses({ seed, dates, columns: size, westernColumns });
  const radar = radarPasses(seed, Math.max(1, Math.round((dates * 5) / 6)));
  const total = optical.length + radar.length + 1;
  let done = 0;
  const tell = (what: string): void => onProgress?.({ done: done++, total, what });

  tell('countryside');
  const pieces = makeLandscape(gridBounds(grid), seed);
  const land = paintLand(pieces, grid, seed);
  const parcels = listParcels(pieces, land);
  const texture = {
    vigour: noiseField(size, size, { wavelength: 42, octaves: 4, gain: 0.6 }, seed, 'vigour'),
    tone: noiseField(size, size, { wavelength: 26, octaves: 4, gain: 0.7 }, seed, 'tone'),
  };
  await writeFile(join(folder, 'parcels.geojson'), parcelsGeoJson(parcels, crs));

  const items: { datetime: string; href: string }[] = [];
  for (const pass of optical) {
    throwIfCancelled(signal, 'making the demo season');
    tell(`Sentinel-2 ${pass.datetime.slice(0, 10)}`);
    const scene = seeLand(land, texture, pass, seed);
    for (const product of pass.products)
      items.push({ datetime: pass.datetime, href: await writeOpticalProduct(scene, product, target) });
  }
  for (const pass of radar) {
    throwIfCancelled(signal, 'making the demo season');
    tell(`Sentinel-1 ${pass.datetime.slice(0, 10)}`);
    const image = radarImage(land, texture, pass, seed);
    items.push({ datetime: pass.datetime, href: await writeRadarPass(pass, image, target) });
  }
  items.sort((a, b) => (a.datetime < b.datetime ? -1 : a.datetime > b.datetime ? 1 : 0));
  await writeCollection(
    folder,
    {
      id: 'demo',
      title: 'Demo season 2026',
      description: `A generated season over a fictional countryside: ${optical.length} passes of Sentinel-2 (reflectance; some passes with two overlapping granules or processed twice) and ${radar.length} of Sentinel-1 (sigma nought in dB). Seed ${seed}.`,
      license: 'CC0-1.0',
      bbox: transformBBox(gridBounds(grid), crs, 'OGC:CRS84'),
      interval: [items[0]?.datetime ?? '', items.at(-1)?.datetime ?? ''],
      bands: [
        ...opticalLayout.map((band) => ({ ...band, dataType: 'uint16' as const })),
        { name: 'SCL', resolution: 20, dataType: 'uint8' as const },
        ...radarBands.map((name) => ({ name, resolution: 10, dataType: 'uint16' as const })),
      ],
      items: items.map(({ href }) => href),
      parcelsHref: './parcels.geojson',
    },
    { signal },
  );
  onProgress?.({ done: total, total, what: 'done' });
  return { parcelCount: parcels.length, itemCount: items.length };
}

/** A folder that holds something else than a demo season is somebody's work. */
async function refuseForeignFolder(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: unknown): string[] => {
    ignoreAbsent(error);
    return [];
  });
  if (names.length > 0 && !names.includes(marker))
    throw new InvalidArgument(
      `${folder} holds something else than a demo season: name another folder or empty it`,
    );
}

/** Drafts of processes that were killed. */
async function removeLeftDrafts(folder: string): Promise<void> {
  const names = await readdir(dirname(folder)).catch(() => []);
  for (const name of names) {
    if (!name.startsWith(`.${basename(folder)}.`) || !/\.part(\.old)?$/.test(name)) continue;
    const pid = Number(name.slice(basename(folder).length + 2).split('.')[0]);
    if (Number.isInteger(pid) && !isAlive(pid))
      await rm(join(dirname(folder), name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function ignoreAbsent(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
}

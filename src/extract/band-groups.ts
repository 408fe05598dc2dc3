import { bandOf, findBand, finestBand, plainBandName } from '../catalog/band-name.ts';
import type { BandAsset, Item } from '../catalog/item.ts';
import { type OpenBand, openBand } from '../catalog/open-band.ts';
import { BandNotFound } from '../errors.ts';
import { type Grid, gridKey } from '../geometry/grid.ts';
import { type IndexDefinition, indexDefinition } from '../parcels/indices.ts';
import { levelGrid } from '../raster/resample.ts';
import { cardBand, isRadarBand } from './sensor.ts';

interface SignalOption {
  readonly signal?: AbortSignal | undefined;
}

/** Bands of an item that are measured together, on one grid. */
export interface BandGroup {
  readonly grid: Grid;
  readonly bands: readonly OpenBand[];
}

/** An index of an item: the formula with its bands, or a band of the archive that holds the index already. */
export interface IndexSource {
  readonly name: string;
  /** Its bands are those of `bands`. */
  readonly definition: Pick<IndexDefinition, 'name' | 'bands' | 'formula'>;
  readonly bands: readonly OpenBand[];
  /** The grid that it is computed on: the finest of its bands, or the one asked for. */
  readonly grid: Grid;
  /** The only band holds the index. */
  readonly asItIs: boolean;
}

const spectral = /^B(0[1-9]|1[0-2]|8A)(_\d+m)?$/;

/** The scene classification of an item, open; undefined where it has none. */
export async function openClassification(item: Item, options: SignalOption): Promise<OpenBand | undefined> {
  const band = findBand(item.bands, 'scl');
  return band && (await openBand(band, options));
}

/**
 * The bands of an item to measure, in groups that share grid, nodata and sensor: for Sentinel-2 [B02 B03 B04 B08] and [B05 B11],
 * for Sentinel-1 [VV VH], for any other collection by grid. `wanted` names bands (default: all, without the scene
 * classification, without bands that hold an index, and of Sentinel-2 only the spectral ones). Of a band held at several sizes
 * (`B04_10m`, `B04_20m`) the finest is measured, under the plain name; the others by their own name only. Coherence stands under
 * the name that `cardBand` gives it. With a `resolution` (pixel size in
 * units of the image's grid) each band is measured on the grid of that size that its own or a sister file (`B04_20m`) holds, full
 * image or overview, under its plain name; bands without one are left out. Throws `BandNotFound`, also where a named band has no
 * such grid.
 */
export async function openGroups(
  item: Item,
  wanted: readonly string[] | undefined,
  indices: readonly IndexSource[],
  { resolution, ...options }: SignalOption & ResolutionOption,
): Promise<BandGroup[]> {
  const groups = new Map<string, { grid: Grid; bands: OpenBand[] }>();
  const add = (open: OpenBand, grid: Grid) => {
    const key = [gridKey(grid), String(open.band.nodata), isRadarBand(open.band.name)].join('|');
    const group = groups.get(key) ?? { grid, bands: [] };
    groups.set(key, group);
    group.bands.push(open);
  };
  const chosen = chosenBands(item, wanted, indices);
  if (resolution === undefined)
    for (const { asset, name } of chosen) {
      const open = await openBand(asset, options);
      add(named(open, name), open.band.grid);
    }
  else
    for (const name of new Set(chosen.map(({ asset }) => plainBandName(asset)))) {
      const found = await openAt(item, name, resolution, options);
      if (found !== undefined) add(named(found.open, cardBand(item, name)), found.grid);
      else if (wanted !== undefined)
        throw new BandNotFound(`item ${item.id} has no pixels of ${name} at a size of ${resolution}`);
    }
  return [...groups.values()];
}

export interface ResolutionOption {
  /** Pixel size in units of the image's grid; that of each file when left out. */
  readonly resolution?: number | undefined;
}

/** The band's file that holds pixels of a size, a full image rather than an overview, and their grid. */
async function openAt(
  item: Item,
  plain: string,
  resolution: number,
  options: SignalOption,
): Promise<{ readonly open: OpenBand; readonly grid: Grid } | undefined> {
  let reduced: { readonly open: OpenBand; readonly grid: Grid } | undefined;
  for (const asset of item.bands.filter((band) => plainBandName(band) === plain)) {
    const { band, raster } = await openBand(asset, options);
    const open = { band: { ...band, name: plain }, raster };
    if (isSize(band.grid, resolution, 1e-3)) return { open, grid: band.grid };
    for (let level = 1; level < raster.info.levels.length; level++) {
      const grid = { crs: band.grid.crs, ...levelGrid(raster.info, band.grid.transform, level) };
      if (isOverview(band.grid, grid, resolution)) reduced ??= { open, grid };
    }
  }
  return reduced;
}

function isSize({ transform: [a, b, , d, e] }: Grid, size: number, slack: number): boolean {
  return [Math.hypot(a, d), Math.hypot(b, e)].every((own) => Math.abs(own - size) <= size * slack);
}

/** Pixels of overviews are not quite of the size where the image's own do not divide by it: 601 by 2 are 301. */
function isOverview(full: Grid, reduced: Grid, size: number): boolean {
  const [a, b, , d, e] = full.transform;
  const across = Math.abs(reduced.width - (full.width * Math.hypot(a, d)) / size);
  const down = Math.abs(reduced.height - (full.height * Math.hypot(b, e)) / size);
  return across < 1 && down < 1 && isSize(reduced, size, 0.05);
}

/** A band to be measured and the name that its signatures get. */
interface ChosenBand {
  readonly asset: BandAsset;
  readonly name: string;
}

function chosenBands(
  item: Item,
  wanted: readonly string[] | undefined,
  indices: readonly IndexSource[],
): readonly ChosenBand[] {
  const chosen = new Map<BandAsset, ChosenBand>();
  for (const asked of wanted ?? measuredBands(item, indices)) {
    const asset = item.bands.find(({ name }) => isCard(item, name, asked)) ?? bandOf(item, asked);
    const isExact = asset.name.toLowerCase() === asked.toLowerCase() && wanted !== undefined;
    const plain = plainBandName(asset);
    const name = isExact || item.bands.some((band) => band.name === plain) ? asset.name : plain;
    if (!chosen.has(asset)) chosen.set(asset, { asset, name: cardBand(item, name) });
  }
  return [...chosen.values()];
}

function isCard(item: Item, name: string, asked: string): boolean {
  const card = cardBand(item, name);
  return card !== name && card.toLowerCase() === asked.toLowerCase();
}

function named({ band, raster }: OpenBand, name: string): OpenBand {
  return { band: band.name === name ? band : { ...band, name }, raster };
}

/** The names of the bands that are measured when none are asked for: of those held several times the finest. */
function measuredBands(item: Item, indices: readonly IndexSource[]): string[] {
  const scl = findBand(item.bands, 'scl');
  const names = new Set(indices.map(({ name }) => name.toLowerCase()));
  const left = item.bands.filter(
    (band) =>
      plainBandName(band) !== (scl && plainBandName(scl)) && !names.has(plainBandName(band).toLowerCase()),
  );
  const isSpectral = left.some(({ name }) => spectral.test(name));
  const measured = left.filter(({ name }) => !isSpectral || spectral.test(name) || isRadarBand(name));
  return [...Map.groupBy(measured, plainBandName).values()].map((same) => finestBand(same)?.name ?? '');
}

/**
 * The indices that an item can give. Without `wanted`: NDVI where there are red and near infrared, or a band of that name. With a
 * `resolution` they are computed on the grid of that pixel size of their first band that has one. Throws `BandNotFound` when one
 * that was asked for is impossible, `InvalidArgument` for an unknown one.
 */
export async function openIndices(
  item: Item,
  wanted: readonly string[] | undefined,
  options: SignalOption & ResolutionOption,
): Promise<IndexSource[]> {
  const sources: IndexSource[] = [];
  for (const name of wanted ?? ['ndvi']) {
    const source = await openIndex(item, name, options);
    if (source !== undefined) sources.push(source);
    else if (wanted !== undefined)
      throw new BandNotFound(
        `item ${item.id} has not the bands of ${name} (${indexDefinition(name).bands.join(', ')}), nor a band of that name${options.resolution === undefined ? '' : `, at a pixel size of ${options.resolution}`}`,
      );
  }
  return sources;
}

async function openIndex(
  item: Item,
  name: string,
  options: SignalOption & ResolutionOption,
): Promise<IndexSource | undefined> {
  const definition = indexDefinition(name);
  const assets = definition.bands
    .map((band) => findBand(item.bands, band))
    .filter((band) => band !== undefined);
  if (assets.length === definition.bands.length) {
    const found = await openOnOneGrid(item, assets, options);
    return found && { name: definition.name, definition, asItIs: false, ...found };
  }
  const ready = item.bands.find((band) => band.name.toLowerCase() === definition.name);
  const found = ready && (await openOnOneGrid(item, [ready], options));
  if (ready === undefined || found === undefined) return undefined;
  const itself = { name: definition.name, bands: [ready.name], formula: (value: number) => value };
  return { name: definition.name, definition: itself, asItIs: true, ...found };
}

async function openOnOneGrid(
  item: Item,
  assets: readonly BandAsset[],
  { resolution, ...options }: SignalOption & ResolutionOption,
): Promise<Pick<IndexSource, 'bands' | 'grid'> | undefined> {
  if (resolution === undefined) {
    const bands = await Promise.all(assets.map((asset) => openBand(asset, options)));
    const size = ({ band }: OpenBand) => Math.hypot(band.grid.transform[0], band.grid.transform[3]);
    const [finest] = [...bands].sort((one, other) => size(one) - size(other));
    return finest && { bands, grid: finest.band.grid };
  }
  const found = await Promise.all(
    assets.map((asset) => openAt(item, plainBandName(asset), resolution, options)),
  );
  const grid = found.find((band) => band !== undefined)?.grid;
  if (grid === undefined) return undefined;
  const bands = await Promise.all(
    assets.map(async (asset, i) => found[i]?.open ?? (await openBand(asset, options))),
  );
  return { bands, grid };
}

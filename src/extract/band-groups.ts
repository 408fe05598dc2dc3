import { bandOf, findBand } from '../catalog/band-name.ts';
import type { BandAsset, Item } from '../catalog/item.ts';
import { type OpenBand, openBand } from '../catalog/open-band.ts';
import { BandNotFound } from '../errors.ts';
import { gridKey } from '../geometry/grid.ts';
import { type IndexDefinition, indexDefinition } from '../parcels/indices.ts';

interface SignalOption {
  readonly signal?: AbortSignal | undefined;
}

/** Bands of an item that are measured together. */
export type BandGroup = readonly OpenBand[];

/** An index of an item: the formula with its bands, or a band of the archive that holds the index already. */
export interface IndexSource {
  readonly name: string;
  /** Its bands are those of `bands`. */
  readonly definition: Pick<IndexDefinition, 'name' | 'bands' | 'formula'>;
  readonly bands: readonly OpenBand[];
}

const spectral = /^B(0[1-9]|1[0-2]|8A)(_\d+m)?$/;
const radar = /^(VV|VH|HH|HV)/i;

/** The scene classification of an item, open; undefined where it has none. */
export async function openClassification(item: Item, options: SignalOption): Promise<OpenBand | undefined> {
  const band = findBand(item.bands, 'scl');
  return band && (await openBand(band, options));
}

/**
 * The bands of an item to measure, in groups that share grid, nodata and sensor: for Sentinel-2 [B02 B03 B04 B08] and [B05 B11],
 * for Sentinel-1 [VV VH], for any other collection by grid. `wanted` names bands (default: all, without the scene
 * classification, without bands that hold an index, and of Sentinel-2 only the spectral ones). Throws `BandNotFound`.
 */
export async function openGroups(
  item: Item,
  wanted: readonly string[] | undefined,
  indices: readonly IndexSource[],
  options: SignalOption,
): Promise<BandGroup[]> {
  const groups = new Map<string, OpenBand[]>();
  for (const asset of chosenBands(item, wanted, indices)) {
    const open = await openBand(asset, options);
    const key = [gridKey(open.band.grid), String(open.band.nodata), radar.test(open.band.name)].join('|');
    groups.set(key, [...(groups.get(key) ?? []), open]);
  }
  return [...groups.values()];
}

function chosenBands(
  item: Item,
  wanted: readonly string[] | undefined,
  indices: readonly IndexSource[],
): readonly BandAsset[] {
  if (wanted !== undefined) return [...new Set(wanted.map((name) => bandOf(item, name)))];
  const scl = findBand(item.bands, 'scl');
  const names = new Set(indices.map(({ name }) => name.toLowerCase()));
  const measured = item.bands.filter((band) => band !== scl && !names.has(band.name.toLowerCase()));
  if (!measured.some(({ name }) => spectral.test(name))) return measured;
  return measured.filter(({ name }) => spectral.test(name) || radar.test(name));
}

/**
 * The indices that an item can give. Without `wanted`: NDVI where there are red and near infrared, or a band of that name.
 * Throws `BandNotFound` when one that was asked for is impossible, `InvalidArgument` for an unknown one.
 */
export async function openIndices(
  item: Item,
  wanted: readonly string[] | undefined,
  options: SignalOption,
): Promise<IndexSource[]> {
  const sources: IndexSource[] = [];
  for (const name of wanted ?? ['ndvi']) {
    const source = await openIndex(item, name, options);
    if (source !== undefined) sources.push(source);
    else if (wanted !== undefined)
      throw new BandNotFound(
        `item ${item.id} has not the bands of ${name} (${indexDefinition(name).bands.join(', ')}), nor a band of that name`,
      );
  }
  return sources;
}

async function openIndex(item: Item, name: string, options: SignalOption): Promise<IndexSource | undefined> {
  const definition = indexDefinition(name);
  const bands = definition.bands
    .map((band) => findBand(item.bands, band))
    .filter((band) => band !== undefined);
  if (bands.length === definition.bands.length)
    return {
      name: definition.name,
      definition,
      bands: await Promise.all(bands.map((band) => openBand(band, options))),
    };
  const ready = item.bands.find((band) => band.name.toLowerCase() === definition.name);
  if (ready === undefined) return undefined;
  const asItIs = { name: definition.name, bands: [ready.name], formula: (value: number) => value };
  return { name: definition.name, definition: asItIs, bands: [await openBand(ready, options)] };
}

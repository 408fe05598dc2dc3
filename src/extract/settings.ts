import { InvalidArgument } from '../errors.ts';
import { indexDefinition } from '../parcels/indices.ts';
import { type MeasureOptions, measuresOf } from '../parcels/measures.ts';
import { maskedScl, sclClasses } from '../parcels/quality.ts';

/** What decides about the rows of an image besides its pixels and the parcels. Plain data. */
export interface ExtractionSettings extends MeasureOptions {
  /** Names or common names; every measured band of each item when left out. */
  readonly bands?: readonly string[] | undefined;
  /** Spectral indices; NDVI where an item allows it when left out. */
  readonly indices?: readonly string[] | undefined;
  /**
   * Classes of the scene classification, 0 to 11, whose pixels an index leaves out; no data, saturated, shadow, clouds, cirrus
   * and snow when left out. Bands are measured over all pixels: their clouds are judged by the stored class histogram.
   */
  readonly unclear?: readonly number[] | undefined;
  /**
   * Pixel size in units of the image's grid: bands are measured where the archive holds them at that size, as a file or an
   * overview, under their plain name; others are left out.
   */
  readonly resolution?: number | undefined;
  /**
   * Sentinel-2 products from baseline 04.00 on carry +1000 in their numbers. `stated` (the default) takes the offset that item or
   * header state; `baseline` also takes 1000 off where neither states one, unless the item says that it was done.
   */
  readonly offsets?: 'stated' | 'baseline' | undefined;
}

const largestClass = Math.max(...Object.values(sclClasses));

/**
 * Settings with nothing but what differs from the defaults, always in the same form, so that the same wish is the same recipe.
 * Throws `InvalidArgument` for what cannot be measured.
 */
export function checkedSettings(settings: ExtractionSettings): ExtractionSettings {
  const { bands, indices, unclear, resolution, offsets } = settings;
  const { statistics, allTouched, innerBuffer, minArea } = measuresOf(settings);
  const defaults = measuresOf();
  const indexNames = indices?.map((name) => indexDefinition(name).name);
  if (bands?.length === 0 && indices?.length === 0)
    throw new InvalidArgument('neither bands nor indices were asked for: there is nothing to measure');
  if (resolution !== undefined && !(resolution > 0 && Number.isFinite(resolution)))
    throw new InvalidArgument(`a resolution is a pixel size above 0, not ${resolution}`);
  if (offsets !== undefined && offsets !== 'stated' && offsets !== 'baseline')
    throw new InvalidArgument(`offsets are taken as 'stated' or by 'baseline', not '${String(offsets)}'`);
  return withoutUndefined({
    bands: bands && [...bands],
    indices: indexNames && [...new Set(indexNames)],
    statistics: same(statistics, defaults.statistics) ? undefined : statistics,
    allTouched: allTouched || undefined,
    innerBuffer: innerBuffer || undefined,
    minArea: same(minArea, defaults.minArea) ? undefined : minArea,
    unclear: unclear && unclearClasses(unclear),
    resolution,
    offsets: offsets === 'baseline' ? offsets : undefined,
  });
}

/** Ascending, each once; undefined where they are the default ones. */
function unclearClasses(classes: readonly number[]): readonly number[] | undefined {
  const wrong = classes.find((value) => !(Number.isInteger(value) && value >= 0 && value <= largestClass));
  if (wrong !== undefined)
    throw new InvalidArgument(
      `${wrong} is no class of the scene classification: they run from 0 to ${largestClass}`,
    );
  const sorted = [...new Set(classes)].sort((one, other) => one - other);
  return same(sorted, maskedScl) ? undefined : sorted;
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function withoutUndefined(settings: ExtractionSettings): ExtractionSettings {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

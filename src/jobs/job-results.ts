import type { BBox } from '../geometry/grid.ts';
import type { ResultFacts } from './result-facts.ts';
import type { StoredFile } from './workspace.ts';

/** A file of a result with its roles (STAC). */
export interface ResultFile extends StoredFile {
  readonly roles: readonly string[];
}

/** What stands in `results.json` and in the row of the job: facts, from which a door makes a STAC item with its own links. */
export interface JobResults extends ResultFacts {
  readonly files: readonly ResultFile[];
  /** GeoJSON of the bounding box; null for results without a place. */
  readonly geometry: {
    readonly type: 'Polygon';
    readonly coordinates: readonly (readonly (readonly number[])[])[];
  } | null;
  /** As in STAC's processing extension. */
  readonly processing: { readonly lineage: string; readonly software: Readonly<Record<string, string>> };
}

/** The facts of a result as they are stored. */
export function resultDocument(
  files: readonly StoredFile[],
  facts: ResultFacts,
  version: string,
): JobResults {
  const { derivedFrom } = facts;
  const collections = [...new Set(derivedFrom.map(({ collection }) => collection))];
  return {
    ...facts,
    files: files.map((file) => ({ ...file, roles: ['data'] })),
    geometry: facts.bbox === undefined ? null : boxGeometry(facts.bbox),
    processing: {
      lineage:
        collections.length === 0
          ? 'the process graph of the job, without images'
          : `the process graph of the job over ${derivedFrom.length} images of ${collections.join(', ')}`,
      software: { furrow: version },
    },
  };
}

function boxGeometry([west, south, east, north]: BBox): NonNullable<JobResults['geometry']> {
  return {
    type: 'Polygon',
    coordinates: [
      [
        [west, south],
        [east, south],
        [east, north],
        [west, north],
        [west, south],
      ],
    ],
  };
}

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sharedData } from './shared-data.ts';

/** What the specification of a process writes for people; everything else is the same wherever it is implemented. */
const forPeople = new Set(['title', 'description', 'examples']);

/** A definition without its words for people. */
export function functionalPart(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(functionalPart);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, entry]) => !(forPeople.has(key) && (typeof entry === 'string' || key === 'examples')))
      .map(([key, entry]) => [key, functionalPart(entry)]),
  );
}

/** The text of the specification's definition of a process; undefined where it or the specification is not there. */
export function officialDefinition(id: string): string | undefined {
  const folder = sharedData('spec', 'openeo-processes');
  const place = [`${id}.json`, join('proposals', `${id}.json`)]
    .map((name) => join(folder ?? '', name))
    .find((path) => folder !== undefined && existsSync(path));
  return place === undefined ? undefined : readFileSync(place, 'utf8');
}

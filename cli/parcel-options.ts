import { InvalidArgument } from '../src/errors.ts';
import type { BBox } from '../src/geometry/grid.ts';
import type { ParcelQuery } from '../src/session/ask-signatures.ts';
import { numberOf, text, texts } from './read-arguments.ts';

/** Options of commands that mean some of a dataset's parcels. */
export const parcelOptions = {
  pid: texts,
  crop: texts,
  label: texts,
  hectares: text,
  bbox: text,
  at: text,
} as const;

/** Their lines in a command's help. */
export const parcelUsage = `Which parcels (all of these hold; every parcel without any)
  --pid N, --label TEXT     this parcel; may be repeated
  --crop NAME               of this crop; may be repeated
  --hectares FROM,TO        of this size; either may be left out, as in 0.3,
  --bbox W,S,E,N            that touch a box in degrees
  --at LON,LAT              that hold a point in degrees`;

interface Given {
  readonly pid?: string[] | undefined;
  readonly crop?: string[] | undefined;
  readonly label?: string[] | undefined;
  readonly hectares?: string | undefined;
  readonly bbox?: string | undefined;
  readonly at?: string | undefined;
}

/** The parcels that the options mean. Throws `InvalidArgument`. */
export function parcelQuery({ pid, crop, label, hectares, bbox, at }: Given): ParcelQuery {
  const pids = pid?.flatMap((one) => numberOf('pid', one, { whole: true }) ?? []);
  return {
    pid: pids,
    crop,
    label,
    hectares: sizes(hectares),
    bbox: numbers('bbox', bbox, 4) as unknown as BBox | undefined,
    at: numbers('at', at, 2) as unknown as [number, number] | undefined,
  };
}

function numbers(option: string, given: string | undefined, count: number): number[] | undefined {
  if (given === undefined) return undefined;
  const found = given.split(',').flatMap((part) => numberOf(option, part) ?? []);
  if (found.length !== count)
    throw new InvalidArgument(`--${option} takes ${count} numbers separated by commas, not '${given}'`);
  return found;
}

function sizes(given: string | undefined): [number | null, number | null] | undefined {
  if (given === undefined) return undefined;
  const parts = given.split(',').map((part) => part.trim());
  if (parts.length !== 2)
    throw new InvalidArgument(`--hectares takes two sizes with a comma between them, not '${given}'`);
  const [from, to] = parts.map((part) =>
    part === '' ? null : (numberOf('hectares', part, { least: 0 }) ?? null),
  );
  return [from ?? null, to ?? null];
}

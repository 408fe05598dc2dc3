import { InvalidArgument } from '../errors.ts';

/** A calendar month in UTC: the days from `first` (included) to `next` (excluded), `YYYY-MM-DD`. */
export interface Month {
  /** `YYYY-MM`. */
  readonly name: string;
  readonly first: string;
  readonly next: string;
}

/** The month of a day or month (`2026-03`, `2026-03-17`, an ISO time). Throws `InvalidArgument`. */
export function monthOf(text: string): Month {
  const [, year, month] = /^(\d{4})-(\d{2})(?:$|-\d{2})/.exec(text) ?? [];
  const at = Number(month) - 1;
  if (year === undefined || !(at >= 0 && at < 12))
    throw new InvalidArgument(`'${text}' is no month: write it as 2026-03`);
  const day = (number: number) => new Date(Date.UTC(Number(year), number, 1)).toISOString().slice(0, 10);
  return { name: `${year}-${month}`, first: day(at), next: day(at + 1) };
}

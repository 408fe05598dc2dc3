import { ProcessParameterInvalid } from '../errors.ts';

const DAY = 86_400_000;

/** Milliseconds since 1970 of an ISO 8601 date (its first instant in UTC) or date-time. Throws `ProcessParameterInvalid`. */
export function instantOf(text: string, what: string): number {
  const zoned = /T[\d:.]+$/.test(text) ? `${text}Z` : text;
  const instant = Date.parse(zoned);
  if (Number.isNaN(instant) || !/^\d{4}/.test(text))
    throw new ProcessParameterInvalid(`${what}: '${text}' is not a date or date-time of ISO 8601`);
  return instant;
}

/** The calendar periods that `aggregate_temporal_period` knows. */
export const periods = [
  'hour',
  'day',
  'week',
  'dekad',
  'month',
  'season',
  'tropical-season',
  'year',
  'decade',
  'decade-ad',
] as const;
export type Period = (typeof periods)[number];

interface Counting {
  /** Running number of the period that an instant lies in; neighbouring periods differ by one. */
  number(date: Date): number;
  /** Label of a running number, as openeo-processes spells it. */
  label(number: number): string;
}

const pad = (value: number, length: number) => String(value).padStart(length, '0');
const months = (date: Date) => date.getUTCFullYear() * 12 + date.getUTCMonth();
const split = (months: number) => ({ year: Math.floor(months / 12), month: ((months % 12) + 12) % 12 });
const days = (date: Date) => Math.floor(date.getTime() / DAY);
const isoDay = (day: number) => new Date(day * DAY).toISOString().slice(0, 10);
const dayOfYear = (day: number, year: number) => day - Math.floor(Date.UTC(year, 0, 1) / DAY) + 1;
const yearOf = (day: number) => new Date(day * DAY).getUTCFullYear();

const countings: Readonly<Record<Period, Counting>> = {
  hour: {
    number: (date) => Math.floor(date.getTime() / 3_600_000),
    label: (number) => `${isoDay(Math.floor(number / 24))}-${pad(((number % 24) + 24) % 24, 2)}`,
  },
  day: {
    number: days,
    label: (number) => `${yearOf(number)}-${pad(dayOfYear(number, yearOf(number)), 3)}`,
  },
  // ISO 8601 weeks start on Monday (1969-12-29 is day -3) and belong to the year that their Thursday lies in.
  week: {
    number: (date) => Math.floor((days(date) + 3) / 7),
    label: (number) => {
      const thursday = number * 7;
      return `${yearOf(thursday)}-${pad(Math.ceil(dayOfYear(thursday, yearOf(thursday)) / 7), 2)}`;
    },
  },
  dekad: {
    number: (date) => months(date) * 3 + Math.min(2, Math.floor((date.getUTCDate() - 1) / 10)),
    label: (number) => `${Math.floor(number / 36)}-${pad((((number % 36) + 36) % 36) + 1, 2)}`,
  },
  month: {
    number: months,
    label: (number) => `${split(number).year}-${pad(split(number).month + 1, 2)}`,
  },
  // A season has the year in which it starts: the December of `djf` decides.
  season: {
    number: (date) => Math.floor((months(date) + 1) / 3),
    label: (number) => {
      const { year, month } = split(number * 3 - 1);
      return `${year}-${['mam', 'jja', 'son', 'djf'][Math.floor((month - 2) / 3)]}`;
    },
  },
  'tropical-season': {
    number: (date) => Math.floor((months(date) + 2) / 6),
    label: (number) => {
      const { year, month } = split(number * 6 - 2);
      return `${year}-${month === 10 ? 'ndjfma' : 'mjjaso'}`;
    },
  },
  year: { number: (date) => date.getUTCFullYear(), label: (number) => pad(number, 4) },
  decade: {
    number: (date) => Math.floor(date.getUTCFullYear() / 10),
    label: (number) => pad(number * 10, 4),
  },
  'decade-ad': {
    number: (date) => Math.floor((date.getUTCFullYear() - 1) / 10),
    label: (number) => pad(number * 10 + 1, 4),
  },
};

/**
 * Sorts instants (milliseconds) into calendar periods (UTC). Every period from the first to the last has a label, also
 * those without an instant; `members` are positions in `instants`. Labels follow openeo-processes 2.0,
 * `aggregate_temporal_period`.
 */
export function groupByPeriod(
  instants: readonly number[],
  period: Period,
): { label: string; members: number[] }[] {
  const { number, label } = countings[period];
  const numbers = instants.map((instant) => number(new Date(instant)));
  if (numbers.length === 0) return [];
  const first = numbers.reduce((least, value) => Math.min(least, value));
  const last = numbers.reduce((most, value) => Math.max(most, value));
  const groups = Array.from({ length: last - first + 1 }, (_, k) => ({
    label: label(first + k),
    members: [] as number[],
  }));
  for (const [position, value] of numbers.entries()) groups[value - first]?.members.push(position);
  return groups;
}

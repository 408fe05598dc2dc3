import { instantOf } from '../cube/calendar.ts';
import { ProcessParameterInvalid } from '../errors.ts';
import { define, optional, required } from './define.ts';
import type { JsonSchema, Process } from './definition.ts';
import { boolean, booleanOrNodata, number } from './schemas.ts';
import { type Arguments, textOf, type Value } from './value.ts';

const instant: readonly JsonSchema[] = [
  { type: 'string', format: 'date-time', subtype: 'date-time' },
  { type: 'string', format: 'date', subtype: 'date' },
];
const timeOfDay = '^\\d{2}:\\d{2}:\\d{2}$';
const moment: readonly JsonSchema[] = [...instant, { type: 'string', subtype: 'time', pattern: timeOfDay }];
const units = ['millisecond', 'second', 'minute', 'hour', 'day', 'week', 'month', 'year'] as const;
type Unit = (typeof units)[number];

/** Milliseconds of units of one length; months and years are counted by the calendar. */
const lengths: Readonly<Partial<Record<Unit, number>>> = {
  millisecond: 1,
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
};

function unitOf(value: Value | undefined, process: string): Unit {
  const unit = units.find((known) => known === value);
  if (unit !== undefined) return unit;
  throw new ProcessParameterInvalid(`${process}: unit must be one of ${units.join(', ')}`);
}

/** Dates as instants, times of the day as milliseconds since midnight: the two do not compare. */
function position(value: Value | undefined, name: string): { readonly time: boolean; readonly at: number } {
  const text = textOf(value, name);
  if (!new RegExp(timeOfDay).test(text)) return { time: false, at: instantOf(text, 'date_between') };
  return { time: true, at: instantOf(`1970-01-01T${text}Z`, 'date_between') };
}

function between({ x, min, max, exclude_max: open = false }: Arguments): Value {
  const [value, low, high] = [position(x, 'x'), position(min, 'min'), position(max, 'max')];
  if (value.time !== low.time || value.time !== high.time)
    throw new ProcessParameterInvalid('date_between: dates do not compare with times of the day');
  return value.at >= low.at && (open === true ? value.at < high.at : value.at <= high.at);
}

/** The instant some months later, on the last day of the month where its day does not exist. */
function addMonths(at: number, months: number): number {
  const date = new Date(at);
  const first = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1));
  const days = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  const day = Math.min(date.getUTCDate(), days);
  return first.getTime() + (day - 1) * 86_400_000 + (((at % 86_400_000) + 86_400_000) % 86_400_000);
}

/** Whole months from one instant to another, and the part of the month that is left. */
function monthsBetween(from: number, to: number): number {
  const [a, b] = [new Date(from), new Date(to)];
  let whole = (b.getUTCFullYear() - a.getUTCFullYear()) * 12 + b.getUTCMonth() - a.getUTCMonth();
  if (addMonths(from, whole) > to) whole -= 1;
  const start = addMonths(from, whole);
  return whole + (to - start) / (addMonths(from, whole + 1) - start);
}

function difference({ date1, date2, unit: given = 'second' }: Arguments): Value {
  const [from, to] = [date1, date2].map((date, k) =>
    instantOf(textOf(date, `date${k + 1}`), 'date_difference'),
  ) as [number, number];
  const unit = unitOf(given, 'date_difference');
  const length = lengths[unit];
  if (length !== undefined) return (to - from) / length;
  const months = from <= to ? monthsBetween(from, to) : -monthsBetween(to, from);
  return unit === 'month' ? months : months / 12;
}

const shape = /^(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}:\d{2}(?:\.\d+)?(Z|[+-]\d{2}:\d{2}))?$/i;

function shift({ date, value, unit: given }: Arguments): Value {
  const text = textOf(date, 'date');
  const unit = unitOf(given, 'date_shift');
  const by = Number(value);
  const parts = shape.exec(text);
  if (parts === null || !Number.isInteger(by))
    throw new ProcessParameterInvalid(
      `date_shift takes a date or date-time and a whole number, not '${text}'`,
    );
  const [, day, zone] = parts;
  const hasTime = text !== day;
  // In its own time zone the calendar of a date-time counts, so that zone is put aside and back.
  const offset = zone === undefined || /z/i.test(zone) ? 0 : minutesOf(zone) * 60_000;
  const local = instantOf(text, 'date_shift') + offset;
  const length = lengths[unit];
  const moved = length === undefined ? addMonths(local, unit === 'year' ? by * 12 : by) : local + by * length;
  if (!Number.isFinite(moved) || Math.abs(moved) > 8.64e15)
    throw new ProcessParameterInvalid(`date_shift: ${by} ${unit}s lead beyond the calendar`);
  const written = new Date(moved).toISOString();
  if (!hasTime) return written.slice(0, 10);
  return `${written.replace(/Z$/, '').replace(/\.000$/, '')}${zone ?? 'Z'}`;
}

function minutesOf(zone: string): number {
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6));
  return zone.startsWith('-') ? -minutes : minutes;
}

export const dateProcesses: readonly Process[] = [
  define({
    id: 'date_between',
    summary: 'Whether a date lies in a range',
    description: 'The range includes its ends. Times of the day compare with times of the day only.',
    categories: ['comparison', 'date & time'],
    parameters: [
      required('x', 'The date to check.', moment),
      required('min', 'Start of the range.', moment),
      required('max', 'End of the range.', moment),
      optional('exclude_max', 'Leaves the end out of the range.', boolean, false),
    ],
    returns: ['Whether it is so.', booleanOrNodata],
    run: between,
  }),
  define({
    id: 'date_difference',
    summary: 'Time from one date to another',
    description: 'Positive where the second one is later. Months and years are counted by the calendar.',
    categories: ['comparison', 'date & time'],
    experimental: true,
    parameters: [
      required('date1', 'The date to start from.', instant),
      required('date2', 'The other date.', instant),
      optional('unit', 'Unit of the result.', { type: 'string', enum: units }, 'second'),
    ],
    returns: ['The time between them, with a fraction.', number],
    run: difference,
  }),
  define({
    id: 'date_shift',
    summary: 'A date some time later or earlier',
    description:
      'Months and years keep the day where it exists, else they take the last of the month. The time zone stays; a date without a time stays one.',
    categories: ['date & time'],
    parameters: [
      required('date', 'The date.', instant),
      required('value', 'How many units later; negative for earlier.', { type: 'integer' }),
      required('unit', 'The unit.', { type: 'string', enum: units }),
    ],
    returns: ['The other date.', instant],
    run: shift,
  }),
];

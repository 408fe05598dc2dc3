import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { InvalidArgument } from '../src/errors.ts';

/** An option that takes a text. */
export const text = { type: 'string' } as const;
/** An option that may be given several times, each with a text. */
export const texts = { type: 'string', multiple: true } as const;
/** An option without a value. */
export const flag = { type: 'boolean' } as const;

/**
 * Options and places of a command line. Throws `InvalidArgument`, which names the command, for an unknown option, a missing
 * value and more places than `names`.
 */
export function readArguments<const Options extends ParseArgsOptionsConfig>(
  command: string,
  argv: readonly string[],
  options: Options,
  names: readonly string[],
) {
  const hint = `furrow ${command} --help lists the options`;
  const parsed = (() => {
    try {
      return parseArgs({ args: negativesJoined(argv, options), allowPositionals: true, options });
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message.split(/\.?[ \n]+(?=Did|To )/)[0] : String(cause);
      throw new InvalidArgument(`${reason}; ${hint}`, { cause });
    }
  })();
  const surplus = parsed.positionals[names.length];
  if (surplus !== undefined)
    throw new InvalidArgument(
      `it takes ${names.join(' and ') || 'options only'}, what is '${surplus}'? ${hint}`,
    );
  return parsed;
}

/** `--least -1` and `--at -8,39` as `parseArgs` wants them: it takes what begins with a minus for another option. */
function negativesJoined(argv: readonly string[], options: ParseArgsOptionsConfig): string[] {
  const joined: string[] = [];
  for (const word of argv) {
    const option = joined.at(-1) ?? '';
    const takesText = option.startsWith('--') && options[option.slice(2)]?.type === 'string';
    if (takesText && /^-[\d.]/.test(word)) joined.splice(-1, 1, `${option}=${word}`);
    else joined.push(word);
  }
  return joined;
}

/** The place of that name. Throws `InvalidArgument` where it is missing. */
export function placeOf(command: string, places: readonly string[], at: number, name: string): string {
  const given = places[at];
  if (given === undefined || given === '')
    throw new InvalidArgument(`${name} is missing; furrow ${command} --help shows how it is called`);
  return given;
}

export interface Bounds {
  readonly least?: number | undefined;
  readonly most?: number | undefined;
  readonly whole?: boolean | undefined;
}

/** The number that an option was given; undefined where it was not. Throws `InvalidArgument` outside its bounds. */
export function numberOf(option: string, given: string | undefined, bounds: Bounds = {}): number | undefined {
  if (given === undefined) return undefined;
  const { least = -Infinity, most = Infinity, whole = false } = bounds;
  const number = given.trim() === '' ? Number.NaN : Number(given);
  if (
    Number.isFinite(number) &&
    number >= least &&
    number <= most &&
    (!whole || Number.isSafeInteger(number))
  )
    return number;
  const kind = whole ? 'a whole number' : 'a number';
  const [from, to] = [Number.isFinite(least), Number.isFinite(most)];
  const range = from && to ? ` from ${least} to ${most}` : from ? ` of at least ${least}` : '';
  throw new InvalidArgument(`--${option} takes ${kind}${range}, not '${given}'`);
}

/** The names of an option that takes them separated by commas; `none` is the empty list, undefined where it was not given. */
export function listOf(option: string, given: string | undefined): string[] | undefined {
  if (given === undefined) return undefined;
  if (given.trim() === 'none') return [];
  const names = given.split(',').map((name) => name.trim());
  if (names.some((name) => name === ''))
    throw new InvalidArgument(`--${option} takes names separated by commas, not '${given}'`);
  return names;
}

const units = { s: 1, m: 60, min: 60, h: 3600, d: 86_400 } as const;

/** Seconds of a duration as `90`, `30s`, `10m`, `2h`, `1d`; undefined where it was not given. */
export function secondsOf(option: string, given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const [, number, unit = 's'] = /^(\d+(?:\.\d+)?)\s*(s|m|min|h|d)?$/.exec(given.trim()) ?? [];
  if (number === undefined || Number(number) === 0)
    throw new InvalidArgument(`--${option} takes a duration as 30s, 10m, 2h or 1d, not '${given}'`);
  return Number(number) * units[unit as keyof typeof units];
}

/** A moment in ISO 8601 as it was given. Throws `InvalidArgument` for what is no date. */
export function dateOf(option: string, given: string | undefined): string | null {
  if (given === undefined) return null;
  if (Number.isNaN(Date.parse(given)))
    throw new InvalidArgument(
      `--${option} takes a date as 2026-03-01 or 2026-03-01T10:00:00Z, not '${given}'`,
    );
  return given;
}

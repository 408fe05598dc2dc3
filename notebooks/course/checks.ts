/** What the exercises of this course are checked with. Answers are compared with the store's own rows, so any season will do. */

/** A row as `fields.series` gives it; other columns may be there. */
export interface SeriesRow {
  readonly pid: number;
  /** ISO 8601, UTC. */
  readonly datetime: string;
  readonly median: number;
  readonly clear: number;
}

/** The part of `parcels(...)` that checks ask. */
export interface CourseFields {
  readonly parcels: readonly { readonly pid: number; readonly crop: string | undefined }[];
  series(query: {
    readonly index: string;
    readonly pid?: number | readonly number[];
    readonly clearAtLeast?: number;
  }): Promise<readonly SeriesRow[]>;
}

/** Whether an answer is right, and what to tell who gave it. */
export interface Verdict {
  readonly right: boolean;
  readonly text: string;
}

const clearAtLeast = 0.9;

/** Days on which a crop was seen, with the median over its parcels of their median NDVI, and how many there were. */
interface CropDay {
  readonly day: string;
  readonly median: number;
  readonly parcels: number;
}

/** The first exercise: the NDVI season of one parcel, by the days on which at least nine tenths of it were clear. */
export async function checkSeason(
  answer: readonly Partial<SeriesRow>[] | undefined,
  fields: CourseFields,
  pid: number,
): Promise<Verdict> {
  if (!Array.isArray(answer) || answer.length === 0)
    return notYet(
      'Nothing is there yet.',
      "Ask the store: `await fields.series({ index: 'ndvi', pid: mine.pid, ... })`, with one more condition.",
    );
  const others = new Set(answer.map((row) => row.pid)).size;
  if (others > 1)
    return notYet(`These are rows of ${others} parcels.`, 'Only yours is asked for: `pid: mine.pid`.');
  if (answer[0]?.pid !== pid)
    return notYet(`These are rows of parcel ${answer[0]?.pid}.`, `Yours is ${pid}: \`pid: mine.pid\`.`);
  const wanted = await fields.series({ index: 'ndvi', pid, clearAtLeast });
  const cloudy = answer.filter(({ clear }) => clear !== undefined && clear < clearAtLeast).length;
  if (cloudy > 0)
    return notYet(
      `Good, that is your parcel. On ${cloudy} of these ${answer.length} days clouds hid part of it.`,
      '`clearAtLeast` takes a share between 0 and 1.',
    );
  if (answer.length < wanted.length)
    return notYet(
      `${wanted.length - answer.length} clear days are missing.`,
      `Nine tenths are enough: \`clearAtLeast: ${clearAtLeast}\`, and no other condition.`,
    );
  const medians = new Map(wanted.map(({ datetime, median }) => [datetime, median]));
  const same = answer.every(({ datetime = '', median }) => medians.get(datetime) === median);
  if (!same || answer.length !== wanted.length)
    return notYet('The days are right, the numbers are of something else.', "The index is `'ndvi'`.");
  return right(`${wanted.length} clear days of one season, and every one of them the store's.`);
}

/** The second exercise: the day on which a crop was greenest, the median over all its parcels deciding; `2026-06-21`. */
export async function checkPeak(
  answer: string | undefined,
  fields: CourseFields,
  crop: string,
): Promise<Verdict> {
  if (answer === undefined || answer === '')
    return notYet(
      'No day is there yet.',
      `Put the rows of all ${crop} parcels into one list a day, take the middle of each list, and the day whose middle is highest.`,
    );
  if (!/^\d{4}-\d{2}-\d{2}$/.test(answer))
    return notYet(`'${answer}' is no day.`, 'Write it as `2026-06-21`: `datetime.slice(0, 10)`.');
  const { days, rows } = await cropDays(fields, crop);
  const peak = greenest(days);
  if (peak === undefined)
    return notYet(`The store has no clear day of ${crop}.`, 'Extract the season first.');
  if (answer === peak.day)
    return right(
      `On ${peak.day} the middle one of ${peak.parcels} ${crop} parcels had an NDVI of ${peak.median.toFixed(2)}, more than on any other day.`,
    );
  const own = days.find(({ day }) => day === answer);
  if (own === undefined)
    return notYet(`On ${answer} no ${crop} was clearly seen.`, 'Take one of the days of the rows.');
  const single = rows.reduce((best, row) => (row.median > best.median ? row : best));
  if (single.datetime.startsWith(answer))
    return notYet(
      `On ${answer} a single parcel was at its greenest.`,
      'One field is not the crop: take the median over all its parcels of each day first.',
    );
  const sooner = answer < peak.day;
  return notYet(
    `On ${answer} the middle was ${own.median.toFixed(2)}.`,
    `There is a greener day, somewhat ${sooner ? 'later' : 'earlier'} in the season. Is the list of each day sorted as numbers: \`.sort((a, b) => a - b)\`?`,
  );
}

/** The days of a crop in their order; one that few of its parcels were seen on says little and is left out. */
async function cropDays(
  fields: CourseFields,
  crop: string,
): Promise<{ readonly days: readonly CropDay[]; readonly rows: readonly SeriesRow[] }> {
  const pid = fields.parcels.filter((parcel) => parcel.crop === crop).map((parcel) => parcel.pid);
  const rows = await fields.series({ index: 'ndvi', pid, clearAtLeast });
  const byDay = Map.groupBy(rows, ({ datetime }) => datetime.slice(0, 10));
  const days = [...byDay]
    .filter(([, seen]) => seen.length >= pid.length / 2)
    .map(([day, seen]) => ({ day, median: middle(seen.map(({ median }) => median)), parcels: seen.length }));
  return { days: days.sort((a, b) => (a.day < b.day ? -1 : 1)), rows };
}

function greenest(days: readonly CropDay[]): CropDay | undefined {
  return days.reduce<CropDay | undefined>(
    (best, one) => (best === undefined || one.median > best.median ? one : best),
    undefined,
  );
}

/** The value in the middle; of an even number of values the upper one of the two, as in the notebook. */
function middle(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function right(text: string): Verdict {
  return { right: true, text: `✔ Right. ${text}` };
}

function notYet(what: string, hint: string): Verdict {
  return { right: false, text: `○ Not yet. ${what}\n  Hint: ${hint}` };
}

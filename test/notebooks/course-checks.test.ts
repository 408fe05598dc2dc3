import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type CourseFields, checkPeak, checkSeason, type SeriesRow } from '../../notebooks/course/checks.ts';

const days = ['2026-05-01', '2026-06-01', '2026-07-01', '2026-08-01'];
/** NDVI of four parcels by day; the first has an odd peak of its own. */
const medians: Readonly<Record<number, readonly number[]>> = {
  1: [0.2, 0.95, 0.7, 0.6],
  2: [0.3, 0.5, 0.8, 0.7],
  3: [0.25, 0.4, 0.9, 0.6],
  9: [0.1, 0.1, 0.1, 0.1],
};
const all: readonly SeriesRow[] = Object.entries(medians).flatMap(([pid, values]) =>
  values.map((median, i) => ({
    pid: Number(pid),
    datetime: `${days[i]}T10:00:00.000Z`,
    median,
    // Parcel 1 is half hidden on the first day.
    clear: pid === '1' && i === 0 ? 0.5 : 1,
  })),
);
const fields: CourseFields = {
  parcels: Object.keys(medians).map((pid) => ({
    pid: Number(pid),
    crop: pid === '9' ? 'fallow' : 'maize',
  })),
  series: async ({ pid, clearAtLeast = 0 }) =>
    all.filter((row) => [pid ?? row.pid].flat().includes(row.pid) && row.clear >= clearAtLeast),
};

describe('the checks of the course', () => {
  const season = (answer: readonly Partial<SeriesRow>[] | undefined) => checkSeason(answer, fields, 1);
  const own = all.filter(({ pid, clear }) => pid === 1 && clear >= 0.9);

  test('a season: right only with every clear day of the parcel', async () => {
    assert.deepEqual(await season(own), {
      right: true,
      text: "✔ Right. 3 clear days of one season, and every one of them the store's.",
    });
    for (const [answer, hint] of [
      [undefined, /Ask the store/],
      [[], /Ask the store/],
      [all, /rows of 4 parcels.*\n.*pid: mine\.pid/],
      [all.filter(({ pid }) => pid === 2), /rows of parcel 2/],
      [all.filter(({ pid }) => pid === 1), /On 1 of these 4 days clouds/],
      [own.slice(1), /1 clear days are missing/],
      [own.map((row) => ({ ...row, median: row.median / 2 })), /index is `'ndvi'`/],
      [[...own, ...own], /something else/],
    ] as const) {
      const verdict = await season(answer);
      assert.equal(verdict.right, false);
      assert.match(verdict.text, hint);
    }
  });

  test('a peak: the median over the parcels decides, and wrong days get a hint that fits them', async () => {
    const { right, text } = await checkPeak('2026-07-01', fields, 'maize');
    assert.ok(right, text);
    assert.match(text, /3 maize parcels had an NDVI of 0\.80/);
    for (const [answer, hint] of [
      [undefined, /No day is there/],
      ['', /No day is there/],
      ['July', /is no day.*\n.*2026-06-21/],
      ['2026-07-02', /no maize was clearly seen/],
      ['2026-06-01', /single parcel was at its greenest/],
      ['2026-05-01', /somewhat later/],
      ['2026-08-01', /somewhat earlier/],
    ] as const) {
      const verdict = await checkPeak(answer, fields, 'maize');
      assert.equal(verdict.right, false);
      assert.match(verdict.text, hint);
    }
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { groupByPeriod, instantOf, type Period, periods } from '../../src/cube/calendar.ts';
import { ProcessParameterInvalid } from '../../src/errors.ts';

const labelOf = (date: string, period: Period) => groupByPeriod([instantOf(date, 'test')], period)[0]?.label;

describe('calendar periods', () => {
  // Weeks by ISO 8601, checked against Python's date.isocalendar().
  for (const [date, week] of [
    ['2018-12-31', '2019-01'],
    ['2021-01-03', '2020-53'],
    ['2021-01-04', '2021-01'],
    ['2022-01-01', '2021-52'],
    ['1969-12-28', '1969-52'],
    ['2024-12-30', '2025-01'],
  ] as const)
    test(`${date} lies in ISO week ${week}`, () => assert.equal(labelOf(date, 'week'), week));

  for (const [date, period, label] of [
    ['2024-02-29', 'day', '2024-060'],
    ['2023-12-31T23:59:59Z', 'day', '2023-365'],
    ['2024-12-31T23:59:59Z', 'hour', '2024-12-31-23'],
    ['2024-02-29', 'dekad', '2024-06'],
    ['2024-12-31', 'dekad', '2024-36'],
    ['2024-01-10', 'dekad', '2024-01'],
    ['2024-01-15', 'season', '2023-djf'],
    ['2023-12-15', 'season', '2023-djf'],
    ['2024-11-30', 'season', '2024-son'],
    ['2024-03-01', 'tropical-season', '2023-ndjfma'],
    ['2024-05-01', 'tropical-season', '2024-mjjaso'],
    ['2020-12-31', 'decade-ad', '2011'],
    ['2029-12-31', 'decade', '2020'],
  ] as const)
    test(`${date} lies in ${period} ${label}`, () => assert.equal(labelOf(date, period), label));

  test('every date is in exactly one period, and no period between the first and the last is left out', () => {
    const instant = fc.date({
      min: new Date('1990-01-01'),
      max: new Date('2035-01-01'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(
        fc.array(instant, { minLength: 1, maxLength: 12 }),
        fc.constantFrom(...periods.slice(1)),
        (dates, period) => {
          const instants = dates.map((date) => date.getTime());
          const groups = groupByPeriod(instants, period);
          assert.deepEqual(
            groups.flatMap(({ members }) => members).sort((a, b) => a - b),
            [...instants.keys()],
          );
          assert.equal(new Set(groups.map(({ label }) => label)).size, groups.length);
          for (const { label, members } of groups)
            for (const member of members)
              assert.equal(groupByPeriod([instants[member] ?? 0], period)[0]?.label, label);
          assert.ok((groups[0]?.members.length ?? 0) > 0 && (groups.at(-1)?.members.length ?? 0) > 0);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('a text that is no date is refused', () => {
    assert.throws(() => instantOf('spring', 'test'), ProcessParameterInvalid);
    assert.equal(instantOf('2020-01-01T12:00:00', 'test'), Date.UTC(2020, 0, 1, 12));
  });
});

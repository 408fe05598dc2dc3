import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { withoutPostgres } from '../store/scratch-postgres.ts';
import { chromiumPath, withoutChromium } from '../support/browser.ts';
import { versitygw, withoutVersitygw } from '../support/s3-gateway.ts';
import { sharedData, withoutSharedData } from '../support/shared-data.ts';
import { testPython, withoutTestPython } from '../support/venv.ts';
import { withoutHub } from './hub/needs.ts';
import { suites } from './suites.ts';

/** What a suite cannot run without. */
const needs: Readonly<Record<string, string | false>> = {
  access: withoutPostgres ?? false,
  references: sharedData() === undefined && withoutSharedData,
  zoo: sharedData() === undefined && withoutSharedData,
  cog: testPython() === undefined && withoutTestPython,
  'exactly-once': withoutPostgres ?? false,
  frontends:
    (chromiumPath() === undefined && withoutChromium) || (testPython() === undefined && withoutTestPython),
  hub: withoutHub() ?? false,
  jupyter:
    (sharedData() === undefined && withoutSharedData) || (testPython() === undefined && withoutTestPython),
  schemathesis: testPython() === undefined && withoutTestPython,
  'storage-faults': versitygw() === undefined && withoutVersitygw,
};

/** In full these take many minutes and the whole machine: `npm run conform` makes their figures. */
const alwaysShort = new Set([
  'jupyter',
  'behaviours',
  'frontends',
  'interrupts',
  'flood',
  'cell-kills',
  'exactly-once',
  'storage-faults',
  'tiff-fuzz',
  'image',
  'hub',
  'jobs-kill',
  'access',
  'schemathesis',
]);

/** Suites that measure times of the kernel, and want both cores for themselves. */
const timed = new Set([
  'jupyter',
  'frontends',
  'behaviours',
  'interrupts',
  'flood',
  'cell-kills',
  'messages',
]);

/** The suites as tests, those that measure times or all others: nothing fails in each. */
export function judgeSuites(which: 'timed' | 'others'): void {
  describe('conformance', { timeout: 1_800_000 }, () => {
    for (const [name, load] of suites) {
      if (timed.has(name) !== (which === 'timed')) continue;
      test(`nothing fails in the suite ${name}`, { skip: needs[name] ?? false }, async () => {
        const suite = await load();
        const result = await suite({ short: alwaysShort.has(name) || process.env.FURROW_SHORT === '1' });
        assert.deepEqual(
          result.details.filter(({ status }) => status === 'failed'),
          [],
        );
        assert.ok(result.passed > 0);
      });
    }
  });
}

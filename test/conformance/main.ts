import { parseArgs } from 'node:util';
import { suites } from './suites.ts';

const { values, positionals } = parseArgs({
  args: process.argv.slice(2),
  options: { json: { type: 'boolean', default: false }, short: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const [name = ''] = positionals;
const load = suites.get(name);
if (load === undefined || positionals.length !== 1) {
  console.error(
    `Usage: npm run -s conform -- SUITE [--json] [--short]\nSuites: ${[...suites.keys()].join(', ')}`,
  );
  process.exit(2);
}

const suite = await load();
const result = await suite({ short: values.short, tell: (line) => console.error(`${name}: ${line}`) });
if (values.json) console.log(JSON.stringify(result, undefined, 2));
else {
  for (const { status, name: check, message } of result.details)
    console.log(`${status.padEnd(8)} ${check}${message ? `: ${message}` : ''}`);
  for (const [figure, value] of Object.entries(result.figures ?? {}))
    console.log(`${figure.padEnd(40)} ${value}`);
  console.log(`${result.suite}: ${result.passed} passed, ${result.failed} failed, ${result.skipped} skipped`);
}
process.exit(result.failed > 0 || result.passed === 0 ? 1 : 0);

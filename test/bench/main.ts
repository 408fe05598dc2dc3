import { parseArgs } from 'node:util';
import { areas } from './areas.ts';

const { values, positionals } = parseArgs({
  args: process.argv.slice(2),
  options: { json: { type: 'boolean', default: false }, short: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const load = areas.get(positionals[0] ?? '');
if (load === undefined || positionals.length !== 1) {
  console.error(`Usage: npm run -s bench -- AREA [--json] [--short]\nAreas: ${[...areas.keys()].join(', ')}`);
  process.exit(2);
}

const area = await load();
const result = await area({ short: values.short });
if (values.json) console.log(JSON.stringify(result, undefined, 2));
else {
  for (const [name, value] of Object.entries(result.figures)) console.log(`${name.padEnd(40)} ${value}`);
  for (const [name, value] of Object.entries(result.ratios)) console.log(`${name.padEnd(40)} ${value} x`);
  for (const peer of result.missing ?? []) console.log(`missing: ${peer}`);
}

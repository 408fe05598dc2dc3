import { openGraphRunner } from '../../src/jobs/graph-runner.ts';
import { longLoop, three } from './sample-graphs.ts';

// A server that has a graph in a loop, to be killed: says so, and waits.
const collections = new Map(JSON.parse(process.argv[2] ?? '[]') as [string, string][]);
const runner = openGraphRunner({ config: { dataDir: '/', storeUrl: undefined, collections }, size: 1 });
const caller = { name: 'alice' };
await runner.run(three, { caller });
void runner.run(longLoop(9_500), { caller });
setTimeout(() => console.log('looping'), 500);
setInterval(() => undefined, 1_000);

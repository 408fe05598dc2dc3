import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { packageRoot, readConfig } from '../src/config.ts';
import { FurrowError } from '../src/errors.ts';
import { readArguments, type StartArguments, usage } from './arguments.ts';
import { hasDisplay, openBrowser } from './browser.ts';
import { build, isBuildFresh } from './build.ts';
import { demoFolder, makeDemo } from './demo.ts';
import { checkDisk, type Need, saysDiskFull } from './disk.ts';
import { type Jupyter, logTail, startJupyter } from './jupyter.ts';
import { installKernel } from './kernelspec.ts';
import { installLabExtension } from './lab-extension.ts';
import { findPort } from './port.ts';
import { openProgress, type Progress, type Step } from './progress.ts';
import { StartFailed } from './start-failed.ts';
import { type RunningStore, startStore } from './store.ts';
import { together } from './together.ts';
import { isVenvFresh, makeVenv } from './venv.ts';

/** What runs once everything is set up. */
interface Running {
  readonly jupyter: Jupyter;
  readonly store: RunningStore | undefined;
}

const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * `npm start`. Exit code 0 when it was stopped while running (Ctrl-C, SIGTERM, JupyterLab's own Shut Down), 1 when something
 * failed, 128 + the signal's number when it was stopped before it was ready.
 */
async function main(): Promise<number> {
  const options = readArguments(process.argv.slice(2), process.env.INIT_CWD ?? process.cwd());
  if (options.help) {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  const stop = new AbortController();
  for (const signal of stopSignals) process.on(signal, () => stop.abort(signal));
  const progress = openProgress(process.stderr);
  let running: Running;
  try {
    running = await setUp(options, progress, stop.signal);
  } catch (error) {
    if (stop.signal.aborted)
      return 128 + constants.signals[stop.signal.reason as (typeof stopSignals)[number]];
    throw error;
  }
  process.stdout.write(`Furrow is ready at ${running.jupyter.address}\n`);
  const page = join(running.jupyter.runtimeFolder, 'furrow-open.html');
  if (options.browser && hasDisplay()) await openBrowser(running.jupyter.address, { page });
  try {
    return await untilStopped(running, stop.signal);
  } finally {
    await rm(page, { force: true });
  }
}

/** Does what is still to do, as much as possible side by side, and starts the store and JupyterLab. */
async function setUp(options: StartArguments, progress: Progress, signal: AbortSignal): Promise<Running> {
  const root = packageRoot();
  if (options.data !== undefined) process.env.FURROW_DATA = options.data;
  const config = readConfig();
  // Children read it too, and not all of them run in this folder.
  process.env.FURROW_DATA = config.dataDir;
  const port = await findPort(options.port);
  await checkDisk(root, await needsOfCheckout(root));
  await checkDisk(config.dataDir, needsOfData(config.dataDir, config.storeUrl === undefined));

  const run = async <T>(name: string, detail: string, work: (step: Step) => Promise<T>): Promise<T> => {
    const step = progress.step(name, detail);
    try {
      const result = await work(step);
      step.done(typeof result === 'string' ? result : undefined);
      return result;
    } finally {
      step.abandon();
    }
  };
  const token = randomBytes(24).toString('hex');
  const { dataDir } = config;
  const started: { jupyter?: Jupyter; store?: RunningStore | undefined } = {};
  try {
    await together(signal, [
      async (signal) => {
        await together(signal, [
          (signal) => run('Python', 'looking at .venv', (step) => makeVenv({ root, step, signal })),
          (signal) => run('Build', 'comparing sources', (step) => build({ root, step, signal })),
        ]);
        await run('Kernel', 'installing kernel and lab extension', async () => {
          await installKernel(root);
          await installLabExtension(root);
        });
        started.jupyter = await run('JupyterLab', 'starting', () =>
          startJupyter({ root, dataDir, port, token, signal }),
        );
      },
      (signal) => run('Demo season', 'looking for it', (step) => makeDemo(dataDir, { step, signal })),
      async (signal) => {
        started.store = await run('Store', 'opening', (step) => startStore(config, { step, signal }));
      },
    ]);
    const { jupyter, store } = started;
    if (jupyter === undefined) throw new StartFailed('JupyterLab did not start');
    return { jupyter, store };
  } catch (error) {
    await started.jupyter?.stop();
    await started.store?.close();
    throw error;
  }
}

async function needsOfCheckout(root: string): Promise<Need[]> {
  return [
    ...((await isVenvFresh(root)) ? [] : [{ what: 'JupyterLab', bytes: 400e6 }]),
    ...((await isBuildFresh(root)) ? [] : [{ what: 'the build', bytes: 60e6 }]),
  ];
}

function needsOfData(dataDir: string, embedded: boolean): Need[] {
  return [
    ...(existsSync(demoFolder(dataDir)) ? [] : [{ what: 'the demo season', bytes: 120e6 }]),
    ...(embedded && !existsSync(join(dataDir, 'store', 'complete'))
      ? [{ what: 'the store', bytes: 250e6 }]
      : []),
  ];
}

async function untilStopped({ jupyter, store }: Running, signal: AbortSignal): Promise<number> {
  const asked = new Promise<'asked'>((done) => {
    if (signal.aborted) done('asked');
    signal.addEventListener('abort', () => done('asked'), { once: true });
  });
  const end = await Promise.race([asked, jupyter.ended]);
  if (end === 'asked') process.stderr.write('\nStopping JupyterLab, its kernels and the store\n');
  await jupyter.stop();
  await store?.close();
  if (end === 'asked' || end === 0) return 0;
  throw new StartFailed(
    `JupyterLab ended (${end}); the end of ${jupyter.log}:\n${await logTail(jupyter.log)}`,
  );
}

/** One sentence for what a user can mend; the stack for what only we can. */
function explain(error: unknown): string {
  if (saysDiskFull(error)) return `The disk is full: make room and start again (${String(error)})`;
  if (error instanceof FurrowError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
}
// Keep-alive connections and the like must not hold the terminal.
process.exit();

import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { bindSockets } from './bind-sockets.ts';
import { readConnection } from './connection.ts';
import { InvalidUsage, KernelError } from './errors.ts';

const usage = 'Usage: main CONNECTION_FILE [--prelude FILE]';

/** The kernel as a program: serves the connection of a file until it is told to shut down. */
async function main(): Promise<void> {
  restCompilers();
  const { file, prelude } = readArguments();
  const connection = readConnection(file);
  const bound = await bindSockets(connection);
  // Loaded when clients can connect already: their first requests wait in the sockets.
  const { startKernel } = await import('./kernel.ts');
  const kernel = startKernel(connection, bound, { prelude, environment: process.env });

  process.on('SIGINT', () => kernel.interrupt());
  process.on('SIGTERM', () => kernel.shutDown());
  // A defect of ours must not take the state of somebody's notebook with it.
  process.on('uncaughtException', (error) =>
    process.stderr.write(`furrow: ${error.stack ?? error.message}\n`),
  );
  const parent = process.ppid;
  // Whoever started us (JPY_PARENT_PID) is gone without a word: an orphan has nobody to serve.
  if (process.env.JPY_PARENT_PID === String(parent))
    setInterval(() => process.ppid !== parent && kernel.shutDown(), 1000).unref();
}

/**
 * Optimizing compilers are of no use to this process, whose work is that of ZeroMQ, JSON and HMAC (lines per second are the
 * same without them), while their threads take a core from the first hundred cells: 10 % of a round trip.
 */
function restCompilers(): void {
  for (const compiler of ['opt', 'maglev']) setFlagsFromString(`--no-${compiler}`);
}

function readArguments(): { file: string; prelude: string | undefined } {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { prelude: { type: 'string' } },
    });
    const [file, ...more] = positionals;
    if (file !== undefined && more.length === 0) return { file, prelude: values.prelude };
  } catch (cause) {
    // Unknown options, and those that lack their value.
    throw new InvalidUsage(`${(cause as Error).message.split('. ')[0]}. ${usage}`, { cause });
  }
  throw new InvalidUsage(usage);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof KernelError)) throw error;
  process.stderr.write(`furrow: ${error.message}\n`);
  process.exitCode = 2;
}

import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { StartFailed } from './start-failed.ts';

export interface StartArguments {
  readonly help: boolean;
  readonly browser: boolean;
  /** Undefined: 8888, or the next free port when it is taken. With 0 the system chooses one. */
  readonly port: number | undefined;
  /** Absolute; undefined: what FURROW_DATA says, else `.furrow` in the checkout. */
  readonly data: string | undefined;
}

export const usage = `npm start -- [options]

Sets Furrow up where that is still to do, and opens JupyterLab on notebooks/01-first-season.ipynb.

  --no-browser   print the address only
  --port N       the port of JupyterLab (default: 8888, or the next free one)
  --data DIR     folder for the demo season, the store and the results (default: .furrow, or FURROW_DATA)
  --help         this text

FURROW_STORE=postgres://... uses that PostgreSQL with PostGIS instead of the embedded store.
Ctrl-C stops everything that was started.`;

/**
 * Reads the arguments of `npm start --`. A relative `--data` counts from `cwd`, the folder in which the user typed the
 * command. Throws `StartFailed` for an unknown option or a port that is none.
 */
export function readArguments(argv: readonly string[], cwd: string): StartArguments {
  const { help, browser, port, data } = parse(argv);
  return {
    help: help ?? false,
    browser: browser ?? true,
    port: port === undefined ? undefined : readPort(port),
    data: data === undefined ? undefined : resolve(cwd, data),
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowNegative: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        browser: { type: 'boolean' },
        port: { type: 'string' },
        data: { type: 'string' },
      },
    }).values;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('. ')[0] : String(error);
    throw new StartFailed(`${reason}; \`npm start -- --help\` lists the options.`, { cause: error });
  }
}

function readPort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new StartFailed(`--port takes a number from 0 to 65535, not '${text}'.`);
  return port;
}

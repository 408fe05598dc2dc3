import { Buffer } from 'node:buffer';
import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { formatWithOptions } from 'node:util';
import type { StreamName } from '../messages.ts';
import { sendText } from './channel.ts';
import { errorText } from './failure.ts';

/** Only ever printed: where `console.trace` was called. */
class Trace extends Error {
  override readonly name = 'Trace';
}

/**
 * Makes `process.stdout`, `process.stderr` and `console` of the cell process print into the notebook. Its own file
 * descriptors 1 and 2 stay as they are: native code and child processes write there, and the kernel reads them too.
 */
export function openConsole(): void {
  const stdout = streamTo('stdout');
  const stderr = streamTo('stderr');
  Object.defineProperty(process, 'stdout', { configurable: true, enumerable: true, value: stdout });
  Object.defineProperty(process, 'stderr', { configurable: true, enumerable: true, value: stderr });

  const console = new Console({ stdout, stderr, colorMode: false });
  let depth = 0;
  // A group indents, which is Console's own business; outside of groups the way past the stream is four times as fast.
  const faster = (name: StreamName, slow: (...values: unknown[]) => void) => {
    return (...values: unknown[]): void => {
      if (depth > 0) slow(...values);
      else sendLine(name, formatWithOptions({ colors: false }, ...values));
    };
  };
  const { group, groupEnd } = console;
  const deeper = (...labels: unknown[]): void => {
    group(...labels);
    depth += 1;
  };
  Object.assign(console, {
    log: faster('stdout', console.log),
    info: faster('stdout', console.info),
    debug: faster('stdout', console.debug),
    warn: faster('stderr', console.warn),
    error: faster('stderr', console.error),
    trace: (...values: unknown[]) => {
      console.error(errorText(new Trace(formatWithOptions({ colors: false }, ...values))));
    },
    group: deeper,
    groupCollapsed: deeper,
    groupEnd: () => {
      groupEnd();
      depth = Math.max(0, depth - 1);
    },
  });
  Object.defineProperty(globalThis, 'console', { configurable: true, writable: true, value: console });
}

/** A text of many megabytes is not copied for the sake of its line break. */
function sendLine(name: StreamName, text: string): void {
  if (text.length < 2 ** 20) sendText(name, `${text}\n`);
  else {
    sendText(name, text);
    sendText(name, '\n');
  }
}

function streamTo(name: StreamName): Writable {
  return new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, encoding, done) {
      const text = typeof chunk === 'string' && encoding !== ('buffer' as string);
      try {
        sendText(name, text ? chunk : Buffer.from(chunk as Buffer).toString());
      } finally {
        done();
      }
    },
  });
}

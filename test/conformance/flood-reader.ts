import { parseArgs } from 'node:util';
import { Subscriber } from 'zeromq';

/**
 * A front end's iopub in a process of its own: `flood-reader.ts ADDRESS fast|slow|stopped`. Reads as fast as it can, 5 MB a
 * second, or nothing from the first `go` on stdin to the next; tells the bytes of text, the notices of a cut and idle
 * statuses it saw when asked by a line on stdin.
 */
const { positionals } = parseArgs({ allowPositionals: true });
const [address = '', pace = 'fast'] = positionals;
const slowBytesPerSecond = 5e6;

const socket = new Subscriber({
  linger: 0,
  receiveHighWaterMark: pace === 'fast' ? 0 : 100,
  receiveBufferSize: 2 ** 20,
});
socket.connect(address);
socket.subscribe();

const seen = { bytes: 0, text: 0, notices: 0, idle: [] as string[] };
let stopped = false;
let go = Promise.withResolvers<void>();
process.stdin.setEncoding('utf8').on('data', (line: string) => {
  if (line.includes('stop')) stopped = true;
  if (line.includes('go')) {
    stopped = false;
    go.resolve();
    go = Promise.withResolvers<void>();
  }
  process.stdout.write(`${JSON.stringify(seen)}\n`);
});
// Whoever started it is gone.
process.stdin.on('end', () => process.exit(0));

const begun = performance.now();
for await (const frames of socket) {
  if (stopped) await go.promise;
  const at = frames.findIndex((frame) => frame.toString() === '<IDS|MSG>');
  const [, , header, parent, , content] = frames.slice(at);
  const type = /"msg_type":"(\w+)"/.exec(String(header))?.[1];
  if (type === 'stream') {
    seen.bytes += content?.length ?? 0;
    const { text } = JSON.parse(String(content)) as { text: string };
    seen.text += text.length;
    if (text.includes('[Output was cut here')) seen.notices += 1;
  } else if (type === 'status' && String(content).includes('"idle"'))
    seen.idle.push(/"msg_id":"([^"]+)"/.exec(String(parent))?.[1] ?? '');
  if (pace !== 'slow') continue;
  const early = (seen.bytes / slowBytesPerSecond) * 1000 - (performance.now() - begun);
  if (early > 5) await new Promise((resolve) => setTimeout(resolve, early));
}

import { writeSync } from 'node:fs';
import type { JsonObject, StreamName } from '../messages.ts';
import { currentRequest, throwIfInterrupted } from './context.ts';
import { messageFrame, streamFrame } from './frames.ts';
import { endOwnGroup } from './own-group.ts';
import { type Report, reportDescriptor } from './protocol.ts';

/** Characters of one stream frame at most: a text of half a gigabyte must not be copied whole. */
const mostText = 2 ** 20;

/** Sends a text printed on behalf of the current request, or throws `Interrupted`. Blocks while the kernel is not reading. */
export function sendText(name: StreamName, text: string): void {
  throwIfInterrupted();
  const request = currentRequest();
  if (text.length <= mostText) {
    writeAll(streamFrame(name, request, text));
    return;
  }
  for (let at = 0; at < text.length; ) {
    let end = Math.min(text.length, at + mostText);
    const last = text.charCodeAt(end - 1);
    if (end < text.length && last >= 0xd800 && last < 0xdc00) end += 1; // keep a surrogate pair together
    writeAll(streamFrame(name, request, text.slice(at, end)));
    at = end;
  }
}

/** Reports something on behalf of a request, by default the current one. */
export function report(
  message: Report,
  buffers?: readonly Uint8Array[],
  request: number = currentRequest(),
): void {
  writeAll(messageFrame(request, message as unknown as JsonObject, buffers));
}

/** The frame that is being written. An interrupt may terminate this thread in between: the next write finishes it. */
let unfinished: { readonly bytes: Buffer; at: number } | undefined;

function writeAll(bytes: Buffer): void {
  finish();
  unfinished = { bytes, at: 0 };
  finish();
}

function finish(): void {
  while (unfinished !== undefined) {
    const { bytes, at } = unfinished;
    if (at === bytes.length) {
      unfinished = undefined;
      return;
    }
    try {
      // V8 terminates at calls and loops only, so what was written is always counted.
      unfinished.at += writeSync(reportDescriptor, bytes, at, bytes.length - at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') endOwnGroup(); // the kernel is gone
      if (code !== 'EAGAIN' && code !== 'EINTR') throw error;
    }
  }
}

import { Buffer } from 'node:buffer';
import { writeSync } from 'node:fs';
import type { JsonObject, StreamName } from '../messages.ts';
import { currentRequest, throwIfInterrupted } from './context.ts';
import { messageFrame, streamFrameRoom, writeStreamFrame } from './frames.ts';
import { endOwnGroup } from './own-group.ts';
import { type Report, reportDescriptor } from './protocol.ts';

/** UTF-16 units of one stream frame at most: a text of half a gigabyte must not be copied whole. */
const mostUnits = 2 ** 15;

/** Every stream frame is made here: what prints in a loop leaves no buffers to be collected. */
const room = Buffer.allocUnsafeSlow(streamFrameRoom(mostUnits + 1));

/** Sends a text printed on behalf of the current request, or throws `Interrupted`. Blocks while the kernel is not reading. */
export function sendText(name: StreamName, text: string): void {
  throwIfInterrupted();
  const request = currentRequest();
  if (text.length <= mostUnits) {
    writeText(name, request, text);
    return;
  }
  for (let at = 0; at < text.length; ) {
    let end = Math.min(text.length, at + mostUnits);
    const last = text.charCodeAt(end - 1);
    if (end < text.length && last >= 0xd800 && last < 0xdc00) end += 1; // keep a surrogate pair together
    writeText(name, request, text.slice(at, end));
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
let unfinished: { readonly bytes: Buffer; at: number; readonly end: number } | undefined;

function writeText(name: StreamName, request: number, text: string): void {
  finish(); // before its room is written to
  unfinished = { bytes: room, at: 0, end: writeStreamFrame(room, name, request, text) };
  finish();
}

function writeAll(bytes: Buffer): void {
  finish();
  unfinished = { bytes, at: 0, end: bytes.length };
  finish();
}

function finish(): void {
  while (unfinished !== undefined) {
    const { bytes, at, end } = unfinished;
    if (at === end) {
      unfinished = undefined;
      return;
    }
    try {
      // V8 terminates at calls and loops only, so what was written is always counted.
      unfinished.at += writeSync(reportDescriptor, bytes, at, end - at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') endOwnGroup(); // the kernel is gone
      if (code !== 'EAGAIN' && code !== 'EINTR') throw error;
    }
  }
}

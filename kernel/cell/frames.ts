import { BrokenChannel, InvalidArgument } from '../errors.ts';
import type { JsonObject, StreamName } from '../messages.ts';

/**
 * The channel from the cell process to the kernel: a pipe that the cell process writes to synchronously, so nothing is
 * lost when it dies, what it sends stays in order, and a full pipe holds it back.
 *
 * A frame is u32 length of the rest, u8 kind, u32 request, payload. Of a stream the payload is its text in UTF-8; of a
 * message it is u32 length of the JSON, the JSON with the lengths of its buffers in `buffers`, the buffers.
 */
export type Frame =
  | { readonly kind: StreamName; readonly request: number; readonly text: Buffer }
  | {
      readonly kind: 'message';
      readonly request: number;
      readonly message: JsonObject;
      readonly buffers: Buffer[];
    };

const kinds = { stdout: 1, stderr: 2, message: 3 } as const;
const headBytes = 9;
const mostBytes = 2 ** 30;

/** A stream frame: `text` printed on behalf of a request. Lone surrogates become U+FFFD. */
export function streamFrame(name: StreamName, request: number, text: string): Buffer {
  // Three bytes a UTF-16 unit are enough for any text, and far cheaper than counting first.
  if (text.length <= 1024) {
    const frame = Buffer.allocUnsafe(headBytes + text.length * 3);
    const bytes = frame.write(text, headBytes);
    writeHead(frame, kinds[name], request, bytes);
    return frame.subarray(0, headBytes + bytes);
  }
  const bytes = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafe(headBytes + bytes);
  frame.write(text, headBytes);
  writeHead(frame, kinds[name], request, bytes);
  return frame;
}

/** A message frame: JSON and binary buffers on behalf of a request, in one piece so that one write can send it. */
export function messageFrame(
  request: number,
  message: JsonObject,
  buffers: readonly Uint8Array[] = [],
): Buffer {
  const lengths = buffers.map((buffer) => buffer.byteLength);
  const json = Buffer.from(JSON.stringify(buffers.length > 0 ? { ...message, buffers: lengths } : message));
  const payload = lengths.reduce((sum, length) => sum + length, 4 + json.length);
  if (payload > mostBytes)
    throw new InvalidArgument(
      `A message of ${payload} bytes is over the limit of ${mostBytes}; send it in parts`,
    );
  const head = Buffer.allocUnsafe(headBytes + 4);
  writeHead(head, kinds.message, request, payload);
  head.writeUInt32LE(json.length, headBytes);
  return Buffer.concat([head, json, ...buffers], headBytes + payload);
}

function writeHead(frame: Buffer, kind: number, request: number, payload: number): void {
  frame.writeUInt32LE(payload + headBytes - 4, 0);
  frame[4] = kind;
  frame.writeUInt32LE(request, 5);
}

/** Cuts a byte stream into frames. `push` throws `BrokenChannel` on anything that is no frame. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #bytes = 0;
  #wanted = headBytes;

  /** The frames that are complete with this chunk. */
  push(chunk: Buffer): Frame[] {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes < this.#wanted) return [];
    const data = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#bytes);
    const frames: Frame[] = [];
    let at = 0;
    this.#wanted = headBytes;
    while (data.length - at >= headBytes) {
      const length = data.readUInt32LE(at);
      if (length < headBytes - 4 || length > mostBytes) throw new BrokenChannel(`A frame of ${length} bytes`);
      if (data.length - at < length + 4) {
        this.#wanted = length + 4;
        break;
      }
      frames.push(readFrame(data.subarray(at + 4, at + 4 + length)));
      at += 4 + length;
    }
    this.#bytes = data.length - at;
    this.#chunks = this.#bytes > 0 ? [data.subarray(at)] : [];
    return frames;
  }
}

function readFrame(frame: Buffer): Frame {
  const request = frame.readUInt32LE(1);
  const payload = frame.subarray(5);
  if (frame[0] === kinds.stdout) return { kind: 'stdout', request, text: payload };
  if (frame[0] === kinds.stderr) return { kind: 'stderr', request, text: payload };
  if (frame[0] !== kinds.message || payload.length < 4)
    throw new BrokenChannel(`A frame of kind ${frame[0]}`);
  const end = 4 + payload.readUInt32LE(0);
  try {
    const { buffers: lengths, ...message } = JSON.parse(payload.toString('utf8', 4, end)) as JsonObject;
    const buffers: Buffer[] = [];
    let at = end;
    for (const length of (lengths ?? []) as number[]) buffers.push(payload.subarray(at, (at += length)));
    return { kind: 'message', request, message, buffers };
  } catch (cause) {
    throw new BrokenChannel('A frame whose JSON cannot be read', { cause });
  }
}

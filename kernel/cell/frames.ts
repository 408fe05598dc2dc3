import { Buffer } from 'node:buffer';
import { BrokenChannel, InvalidArgument } from '../errors.ts';
import type { Json, JsonObject, StreamName } from '../messages.ts';

/**
 * What goes through the pipes between kernel and cell process. The cell process writes to its pipe synchronously, so
 * nothing is lost when it dies, what it sends stays in order, and a full pipe holds it back.
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
// A cell that takes or changes what is global must not break the channel.
const { stringify, parse } = JSON;
const headBytes = 9;
const mostBytes = 2 ** 30;

/** Most bytes of a stream frame for `units` UTF-16 units of text. */
export function streamFrameRoom(units: number): number {
  return headBytes + units * 3;
}

/**
 * Writes the frame of a `text` printed on behalf of a request into `room`, which has `streamFrameRoom` bytes, and gives its
 * length: what prints in a loop is not to leave a buffer behind for each line. Lone surrogates become U+FFFD.
 */
export function writeStreamFrame(room: Buffer, name: StreamName, request: number, text: string): number {
  const bytes = room.write(text, headBytes);
  writeHead(room, kinds[name], request, bytes);
  return headBytes + bytes;
}

/** A message frame: JSON and binary buffers on behalf of a request, in one piece so that one write can send it. */
export function messageFrame(
  request: number,
  message: JsonObject,
  buffers: readonly Uint8Array[] = [],
): Buffer {
  const lengths: number[] = [];
  for (const { byteLength } of buffers) lengths.push(byteLength);
  const json = Buffer.from(textOf(buffers.length > 0 ? { ...message, buffers: lengths } : message));
  let payload = 4 + json.length;
  for (const length of lengths) payload += length;
  if (payload > mostBytes)
    throw new InvalidArgument(
      `A message of ${payload} bytes is over the limit of ${mostBytes}; send it in parts`,
    );
  const head = Buffer.allocUnsafe(headBytes + 4);
  writeHead(head, kinds.message, request, payload);
  head.writeUInt32LE(json.length, headBytes);
  return Buffer.concat([head, json, ...buffers], headBytes + payload);
}

function textOf(message: JsonObject): string {
  const changed = 'toJSON' in Object.prototype || 'toJSON' in Array.prototype;
  return stringify(changed ? withoutPrototypes(message) : message);
}

function withoutPrototypes(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  const copy = (Array.isArray(value) ? [] : {}) as Record<string, Json>;
  Object.setPrototypeOf(copy, null);
  for (const name of Object.keys(value))
    copy[name] = withoutPrototypes((value as Record<string, Json>)[name] as Json);
  return copy;
}

function writeHead(frame: Buffer, kind: number, request: number, payload: number): void {
  frame.writeUInt32LE(payload + headBytes - 4, 0);
  frame[4] = kind;
  frame.writeUInt32LE(request, 5);
}

/**
 * Cuts a byte stream into frames; texts that follow each other on one stream come as one. `push` throws `BrokenChannel` on
 * anything that is no frame, and keeps the chunk, in which it moves text together.
 */
export class FrameReader {
  #chunks: Buffer[] = [];
  #bytes = 0;
  #wanted = headBytes;

  /** The frames that are complete with this chunk, added to `frames`: those before what is no frame are in it, too. */
  push(chunk: Buffer, frames: Frame[] = []): Frame[] {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes < this.#wanted) return frames;
    const data = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#bytes);
    let run: TextRun | undefined;
    let at = 0;
    this.#wanted = headBytes;
    try {
      while (data.length - at >= headBytes) {
        const length = data.readUInt32LE(at);
        if (length < headBytes - 4 || length > mostBytes)
          throw new BrokenChannel(`A frame of ${length} bytes`);
        if (data.length - at < length + 4) {
          this.#wanted = length + 4;
          break;
        }
        const kind = data[at + 4] as number;
        const request = data.readUInt32LE(at + 5);
        const payload = at + headBytes;
        at += 4 + length;
        if (run?.kind === kind && run.request === request) {
          data.copyWithin(run.end, payload, at);
          run.end += at - payload;
          continue;
        }
        if (run) frames.push(textFrame(data, run));
        run = undefined;
        if (kind === kinds.stdout || kind === kinds.stderr) run = { kind, request, start: payload, end: at };
        else frames.push(readMessage(kind, request, data.subarray(payload, at)));
      }
    } finally {
      if (run) frames.push(textFrame(data, run));
    }
    this.#bytes = data.length - at;
    this.#chunks = this.#bytes > 0 ? [data.subarray(at)] : [];
    return frames;
  }
}

/** Text of one stream on behalf of one request. */
interface TextRun {
  readonly kind: number;
  readonly request: number;
  readonly start: number;
  end: number;
}

function textFrame(data: Buffer, { kind, request, start, end }: TextRun): Frame {
  return { kind: kind === kinds.stdout ? 'stdout' : 'stderr', request, text: data.subarray(start, end) };
}

function readMessage(kind: number, request: number, payload: Buffer): Frame {
  if (kind !== kinds.message || payload.length < 4) throw new BrokenChannel(`A frame of kind ${kind}`);
  const end = 4 + payload.readUInt32LE(0);
  try {
    const { buffers: lengths, ...message } = parse(payload.toString('utf8', 4, end)) as JsonObject;
    const buffers: Buffer[] = [];
    let at = end;
    for (const length of (lengths ?? []) as number[]) buffers.push(payload.subarray(at, (at += length)));
    return { kind: 'message', request, message, buffers };
  } catch (cause) {
    throw new BrokenChannel('A frame whose JSON cannot be read', { cause });
  }
}

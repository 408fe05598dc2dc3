import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { RefusedMessage } from './errors.ts';
import {
  type Header,
  type Json,
  type JsonObject,
  type Message,
  type Outgoing,
  protocolVersion,
} from './messages.ts';
import { mostLevels, nestsDeeper } from './validate.ts';

const delimiter = Buffer.from('<IDS|MSG>');

/** How many signatures are remembered to refuse replays; jupyter_client remembers as many. */
const rememberedSignatures = 65_536;

/** Signs, verifies and codes the frames of one kernel session. */
export interface Wire {
  /** Verified message of these frames; throws `RefusedMessage`. The signature is checked before any JSON is read. */
  decode(frames: readonly Buffer[]): Message;
  /** Signed frames of a message, its header made here. */
  encode(message: Outgoing): (Buffer | string | Uint8Array)[];
  /** The session id in every header that `encode` makes. */
  readonly session: string;
}

/** A wire for one key; an empty key means that messages are neither signed nor checked (and replays pass). */
export function openWire({ key, hash }: { key: string; hash: string }): Wire {
  const session = randomUUID();
  const seen = new Set<string>();
  let count = 0;

  const sign = (parts: readonly (string | Uint8Array)[]): string => {
    if (key === '') return '';
    const hmac = createHmac(hash, key);
    for (const part of parts) hmac.update(part);
    return hmac.digest('hex');
  };

  const verify = (signature: Buffer, parts: readonly Buffer[]): void => {
    if (key === '') return;
    const expected = Buffer.from(sign(parts));
    if (signature.length !== expected.length || !timingSafeEqual(signature, expected))
      throw new RefusedMessage('The signature is wrong');
    const short = expected.toString('latin1', 0, 32);
    if (seen.has(short)) throw new RefusedMessage('The signature was used before');
    seen.add(short);
    if (seen.size > rememberedSignatures) for (const oldest of seen) return void seen.delete(oldest);
  };

  return {
    session,
    decode(frames) {
      const at = frames.findIndex((frame) => frame.equals(delimiter));
      if (at < 0 || frames.length < at + 6) throw new RefusedMessage('The frames are not a message');
      const [signature, header, parent, metadata, content] = frames.slice(at + 1, at + 6) as [
        Buffer,
        Buffer,
        Buffer,
        Buffer,
        Buffer,
      ];
      verify(signature, [header, parent, metadata, content]);
      return {
        identities: frames.slice(0, at),
        header: headerOf(header),
        parent: objectOf(parent),
        metadata: objectOf(metadata),
        content: jsonOf(content),
        buffers: frames.slice(at + 6),
      };
    },
    encode({ id, identities, type, parent, content, metadata, buffers }) {
      const header =
        `{"msg_id":"${id ?? `${session}_${count++}`}","msg_type":${JSON.stringify(type)},"session":"${session}",` +
        `"username":"kernel","date":"${new Date().toISOString()}","version":"${protocolVersion}"}`;
      // As texts: ZeroMQ's binding copies these, while each buffer of more than 128 bytes costs a wake-up of this thread.
      const parts = [
        header,
        JSON.stringify(parent),
        metadata === undefined ? '{}' : JSON.stringify(metadata),
        JSON.stringify(content),
      ];
      return [...identities, delimiter, sign(parts), ...parts, ...(buffers ?? [])];
    },
  };
}

function jsonOf(frame: Buffer): Json {
  try {
    return JSON.parse(frame.toString()) as Json;
  } catch (cause) {
    throw new RefusedMessage('A part of the message is not JSON', { cause });
  }
}

function objectOf(frame: Buffer): JsonObject {
  const json = jsonOf(frame);
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new RefusedMessage('A part of the message is not a JSON object');
  if (nestsDeeper(json, mostLevels)) throw new RefusedMessage('A part of the message is nested too deeply');
  return json as JsonObject;
}

function headerOf(frame: Buffer): Header {
  const header = objectOf(frame);
  if (typeof header.msg_id !== 'string' || typeof header.msg_type !== 'string')
    throw new RefusedMessage('The header has no msg_id or msg_type');
  return header as Header;
}

import { randomUUID } from 'node:crypto';
import { sign } from '../../kernel/client.ts';

/** The channels on which a client sends. */
export type SendChannel = 'shell' | 'control' | 'stdin';

/** What must come back: one reply and a busy/idle pair, the pair alone, or nothing on any socket. */
export type Expected = 'reply' | 'pair' | 'nothing';

/** A message to be sent, and what must come of it. */
export interface Probe {
  /** What is wrong with it, or its type. */
  readonly name: string;
  readonly id: string;
  readonly channel: SendChannel;
  readonly expected: Expected;
  /** Type of the reply. */
  readonly reply?: string | undefined;
  readonly frames: readonly (Buffer | string)[];
}

export const delimiter = '<IDS|MSG>';

/** A new message id. */
export function messageId(): string {
  return randomUUID();
}

/** A header as front ends make it. */
export function headerOf(id: string, type: string, more: Record<string, unknown> = {}) {
  const date = new Date().toISOString();
  return { msg_id: id, msg_type: type, session: 'suite', username: 'suite', date, version: '5.4', ...more };
}

/** The type of the answer to a request. */
export function replyType(type: string): string {
  return type.replace(/_request$/, '_reply');
}

/** Frames of a message whose parts are JSON values or raw texts, signed as they are. */
export function seal(
  parts: {
    header: unknown;
    parent?: unknown;
    metadata?: unknown;
    content: unknown;
  },
  { identities = [], buffers = [] }: { identities?: readonly Buffer[]; buffers?: readonly Buffer[] } = {},
): (Buffer | string)[] {
  const { header, parent = {}, metadata = {}, content } = parts;
  const raw = [header, parent, metadata, content].map((part) =>
    part instanceof Raw ? part.bytes : Buffer.from(JSON.stringify(part)),
  );
  return [...identities, delimiter, sign(raw), ...raw, ...buffers];
}

/** Bytes of a part that are no JSON, or JSON that no value gives. */
export class Raw {
  readonly bytes: Buffer;

  constructor(bytes: Buffer | string) {
    this.bytes = Buffer.from(bytes as string);
  }
}

/** Anything that JSON can carry. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [name: string]: Json | undefined };

/** A JSON object: content and metadata of messages, MIME bundles. */
export type JsonObject = { readonly [name: string]: Json | undefined };

/** The version of the Jupyter messaging protocol that headers announce. */
export const protocolVersion = '5.5';

/** Who sent a message, which one, when (ISO 8601) and of which type. */
export interface Header extends JsonObject {
  readonly msg_id: string;
  readonly msg_type: string;
  readonly session?: string;
  readonly username?: string;
  readonly date?: string;
  readonly version?: string;
}

/** A verified message as it came from a socket. `content` is any JSON: each handler validates its own. */
export interface Message {
  /** Routing frames in front of the delimiter; an answer starts with them. */
  readonly identities: readonly Buffer[];
  readonly header: Header;
  readonly parent: JsonObject;
  readonly metadata: JsonObject;
  readonly content: Json;
  readonly buffers: readonly Buffer[];
}

/** A message to be signed and sent. */
export interface Outgoing {
  /** Its message id; made up when absent. */
  readonly id?: string | undefined;
  readonly identities: readonly (Buffer | string)[];
  readonly type: string;
  /** Header of the message that caused this one; an empty object when nothing did. */
  readonly parent: JsonObject;
  readonly content: JsonObject;
  readonly metadata?: JsonObject | undefined;
  readonly buffers?: readonly Uint8Array[] | undefined;
}

/** The channels on which requests arrive. */
export type RequestChannel = 'shell' | 'control';

/** States of `status` messages. */
export type ExecutionState = 'starting' | 'busy' | 'idle';

/** Names of the two streams of a cell. */
export type StreamName = 'stdout' | 'stderr';

/** What front ends show of a failure: the fields of `error` messages and of error replies. */
export interface Failure {
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
}

/** A MIME bundle with its metadata. */
export interface Bundle {
  readonly data: JsonObject;
  readonly metadata: JsonObject;
}

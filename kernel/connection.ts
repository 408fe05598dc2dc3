import { readFileSync } from 'node:fs';
import { InvalidConnection } from './errors.ts';

/** What a connection file says: where to bind, and the key that signs messages. */
export interface Connection {
  readonly transport: 'tcp' | 'ipc';
  /** Address of an interface for tcp, the path before `-PORT` for ipc. */
  readonly ip: string;
  readonly ports: Readonly<Record<'shell' | 'iopub' | 'stdin' | 'control' | 'hb', number>>;
  /** Empty: messages are not signed. */
  readonly key: string;
  /** Hash of the HMAC, as `node:crypto` names it. */
  readonly hash: string;
  /** Z85 secret key of CurveZMQ, when the file carries one. */
  readonly curveSecretKey?: string | undefined;
}

/**
 * Reads and checks a connection file (Jupyter client documentation, "Connection files"). Throws `InvalidConnection`
 * with the field that is wrong.
 */
export function readConnection(path: string): Connection {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new InvalidConnection(`The connection file ${path} cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
  return parseConnection(text, path);
}

/** As `readConnection`, from the text of the file; `where` names it in errors. */
export function parseConnection(text: string, where: string): Connection {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new InvalidConnection(`${where} is not JSON: ${(cause as Error).message}`, { cause });
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new InvalidConnection(`${where} does not hold a JSON object`);
  const fields = json as Record<string, unknown>;

  const transport = fields.transport ?? 'tcp';
  if (transport !== 'tcp' && transport !== 'ipc')
    throw new InvalidConnection(`${where}: transport is '${String(transport)}', not tcp or ipc`);
  const scheme = textOf(fields, 'signature_scheme', 'hmac-sha256', where);
  if (!/^hmac-sha(256|384|512)$/.test(scheme))
    throw new InvalidConnection(
      `${where}: signature_scheme '${scheme}' is not hmac-sha256, -sha384 or -sha512`,
    );
  return {
    transport,
    ip: textOf(fields, 'ip', transport === 'tcp' ? '127.0.0.1' : 'kernel-ipc', where),
    ports: {
      shell: port(fields, 'shell_port', transport, where),
      iopub: port(fields, 'iopub_port', transport, where),
      stdin: port(fields, 'stdin_port', transport, where),
      control: port(fields, 'control_port', transport, where),
      hb: port(fields, 'hb_port', transport, where),
    },
    key: textOf(fields, 'key', '', where),
    hash: scheme.slice('hmac-'.length),
    curveSecretKey: secretKey(fields, where),
  };
}

/** The ZeroMQ address of one channel. */
export function endpoint(connection: Connection, channel: keyof Connection['ports']): string {
  const port = connection.ports[channel];
  if (connection.transport === 'ipc') return `ipc://${connection.ip}-${port}`;
  const host = connection.ip.includes(':') ? `[${connection.ip}]` : connection.ip;
  return `tcp://${host}:${port}`;
}

/** The key of the server's pair (jupyter_client 8.10 writes both halves, in Z85); its clients need the public half. */
function secretKey(fields: Record<string, unknown>, where: string): string | undefined {
  const { curve_secretkey: secret, curve_publickey: open } = fields;
  if (secret === undefined || secret === null) {
    if (open === undefined || open === null) return undefined;
    throw new InvalidConnection(
      `${where}: it has a curve_publickey without its curve_secretkey: the kernel cannot encrypt`,
    );
  }
  if (!isKey(secret))
    throw new InvalidConnection(`${where}: curve_secretkey is not a Z85 key of 40 characters`);
  return secret;
}

const z85 = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#';

/** Whether a text is 32 bytes in Z85 (ZeroMQ RFC 32). ZeroMQ's binding crashes on one that is not. */
function isKey(key: unknown): key is string {
  if (typeof key !== 'string' || key.length !== 40) return false;
  return (key.match(/.{5}/gs) ?? []).every((group) => {
    const digits = Array.from(group, (character) => z85.indexOf(character));
    return !digits.includes(-1) && digits.reduce((value, digit) => value * 85 + digit, 0) < 2 ** 32;
  });
}

function textOf(fields: Record<string, unknown>, name: string, fallback: string, where: string): string {
  const value = fields[name] ?? fallback;
  if (typeof value !== 'string') throw new InvalidConnection(`${where}: ${name} is not a text`);
  return value;
}

function port(fields: Record<string, unknown>, name: string, transport: string, where: string): number {
  const value = fields[name];
  const most = transport === 'tcp' ? 65_535 : Number.MAX_SAFE_INTEGER;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > most)
    throw new InvalidConnection(`${where}: ${name} is ${JSON.stringify(value)}, not a port`);
  return value;
}

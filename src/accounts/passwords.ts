import { type BinaryLike, randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { InvalidArgument, StoreFailure, TooManyRequests, throwIfCancelled } from '../errors.ts';

/** 32 MiB and three passes: one of OWASP's equivalent minima (Password Storage Cheat Sheet, scrypt). */
const parameters: Parameters = { ln: 15, r: 8, p: 3 };
/** Parameters of a stored password beyond these are not run: 256 MiB. */
const most: Parameters = { ln: 18, r: 8, p: 16 };
/** At once: each takes its memory and one of the four threads that files and names are read with too. */
const slots = 2;
/** As many wait their turn, some ten seconds of work; more are sent away. */
const longestQueue = 48;
const saltBytes = 16;
const hashBytes = 32;
/** NIST SP 800-63B asks for at least eight; more than this is no password that somebody types. */
const [shortest, longest] = [10, 1024];

interface Parameters {
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}

const derive = promisify<BinaryLike, BinaryLike, number, ScryptOptions, Buffer>(scrypt);

export interface Passwords {
  /** The password as it is stored: `$scrypt$ln=15,r=8,p=3$SALT$HASH`. Throws `InvalidArgument` for one that is too short or long. */
  hash(password: string, options?: { signal?: AbortSignal | undefined }): Promise<string>;
  /**
   * Whether it is the stored one. Without a stored one it takes the same time and is not. Throws `TooManyRequests` when too many wait
   * for their turn.
   */
  matches(
    password: string,
    stored: string | undefined,
    options?: { signal?: AbortSignal | undefined },
  ): Promise<boolean>;
}

/** Whether a stored password was made with other parameters than those of today. */
export function isOutdated(stored: string): boolean {
  const { ln, r, p } = parse(stored);
  return ln !== parameters.ln || r !== parameters.r || p !== parameters.p;
}

/** Hashes and checks passwords with scrypt (RFC 7914), `slots` at a time, so that many logins take no more memory than few. */
export function openPasswords(random: (bytes: number) => Buffer = randomBytes): Passwords {
  const turns = openTurns();
  const run = (password: string, salt: Buffer, { ln, r, p }: Parameters) =>
    // The same letters typed on another keyboard are the same password.
    derive(password.normalize('NFKC'), salt, hashBytes, {
      N: 2 ** ln,
      r,
      p,
      maxmem: 2 ** ln * r * 130 + 2 ** 20,
    });
  return {
    async hash(password, { signal } = {}) {
      const length = Buffer.byteLength(password);
      if (length < shortest || length > longest)
        throw new InvalidArgument(`a password has ${shortest} to ${longest} bytes, this one has ${length}`);
      const salt = random(saltBytes);
      const hash = await turns(() => run(password, salt, parameters), signal);
      const { ln, r, p } = parameters;
      return `$scrypt$ln=${ln},r=${r},p=${p}$${unpadded(salt)}$${unpadded(hash)}`;
    },
    async matches(password, stored, { signal } = {}) {
      if (Buffer.byteLength(password) > longest) return false;
      const known = stored === undefined ? undefined : parse(stored);
      const { salt, hash } = known ?? { salt: Buffer.alloc(saltBytes), hash: Buffer.alloc(hashBytes) };
      const found = await turns(() => run(password, salt, known ?? parameters), signal);
      return timingSafeEqual(found, hash) && known !== undefined;
    },
  };
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}

function parse(stored: string): Parameters & { readonly salt: Buffer; readonly hash: Buffer } {
  const found = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([\w+/]+)\$([\w+/]+)$/.exec(stored);
  const [ln = 0, r = 0, p = 0] = (found ?? []).slice(1, 4).map(Number);
  const [salt, hash] = [found?.[4] ?? '', found?.[5] ?? ''].map((text) => Buffer.from(text, 'base64'));
  const inRange = ln > 0 && ln <= most.ln && r > 0 && r <= most.r && p > 0 && p <= most.p;
  if (!inRange || salt === undefined || salt.length < 8 || hash?.length !== hashBytes)
    throw new StoreFailure('a stored password is not scrypt with parameters in range: set it anew');
  return { ln, r, p, salt, hash };
}

/** Runs `slots` pieces of work at a time, the others in the order in which they came. */
function openTurns(): <T>(work: () => Promise<T>, signal: AbortSignal | undefined) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work, signal) => {
    if (running >= slots) {
      if (waiting.length >= longestQueue)
        throw new TooManyRequests('too many logins at once; try again in a few seconds');
      // Who leaves hands the own place on.
      await new Promise<void>((go) => waiting.push(go));
    } else running++;
    try {
      throwIfCancelled(signal, 'a login');
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidArgument, NotFound, ResultLinkExpired } from '../errors.ts';

/** What a signed link gives access to: one thing, of one owner, for a while. */
export interface SignedThing {
  /** Kind and path of the thing, as the route that opens it reads it: `job/ID/ndvi.tif`. */
  readonly what: string;
  /** In whose name it is opened. */
  readonly owner: string;
  readonly expires: Date;
}

export interface LinkSigner {
  /** A token for one path segment of a URL. */
  sign(thing: SignedThing): string;
  /** What a token stands for. Throws `NotFound` for one that was not signed here, `ResultLinkExpired` for an old one. */
  open(token: string): SignedThing;
}

const leastCharacters = 32;
const mostCharacters = 4096;

/**
 * Signs links by HMAC-SHA256 over what they open, for whom and until when. Throws `InvalidArgument` for a secret of less than 32
 * characters.
 */
export function linkSigner(secret: string, clock: () => Date): LinkSigner {
  if (secret.length < leastCharacters)
    throw new InvalidArgument(
      `the secret that signs links has ${secret.length} characters: FURROW_SECRET takes at least ${leastCharacters}`,
    );
  const mac = (payload: string) => createHmac('sha256', secret).update(`furrow link\n${payload}`).digest();
  return {
    sign: ({ what, owner, expires }) => {
      const seconds = Math.ceil(expires.getTime() / 1000);
      const payload = Buffer.from(JSON.stringify([what, owner, seconds])).toString('base64url');
      return `${payload}.${mac(payload).toString('base64url')}`;
    },
    open: (token) => {
      const [payload = '', signature = '', ...more] = token.length > mostCharacters ? [] : token.split('.');
      const given = Buffer.from(signature, 'base64url');
      const right = mac(payload);
      // The text is compared too: base64 has several spellings of the same bytes.
      if (
        more.length > 0 ||
        given.length !== right.length ||
        !timingSafeEqual(given, right) ||
        signature !== right.toString('base64url')
      )
        throw new NotFound('there is nothing at this address');
      const [what, owner, seconds] = JSON.parse(Buffer.from(payload, 'base64url').toString()) as [
        string,
        string,
        number,
      ];
      const expires = new Date(seconds * 1000);
      if (expires <= clock())
        throw new ResultLinkExpired(`this link ended at ${expires.toISOString()}: ask for the results again`);
      return { what, owner, expires };
    },
  };
}

/** The secret of this data folder, made at the first call and readable by its user only. Throws what the file system says. */
export async function keptSecret(dataDir: string): Promise<string> {
  const place = join(dataDir, 'server-secret');
  const read = async () => (await readFile(place, 'utf8')).trim();
  try {
    return await read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  await mkdir(dataDir, { recursive: true });
  const own = `${place}.${randomBytes(6).toString('hex')}`;
  await writeFile(own, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
  // Of several servers that start at once the first one's stays.
  await link(own, place).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await rm(own);
  return await read();
}

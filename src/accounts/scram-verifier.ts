import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { InvalidArgument } from '../errors.ts';

const iterations = 4096;

/**
 * What PostgreSQL stores of a password (`SCRAM-SHA-256$4096:SALT$STORED:SERVER`, RFC 5803): given this instead, the server never sees
 * the password, nor do its logs. Throws `InvalidArgument` for other than printable ASCII, which would have to be prepared (RFC 4013).
 */
export async function scramVerifier(
  password: string,
  random: (bytes: number) => Buffer = randomBytes,
): Promise<string> {
  if (!/^[\x21-\x7e]+$/.test(password))
    throw new InvalidArgument('a password of a database role has printable ASCII characters only');
  const salt = random(16);
  const salted = await promisify(pbkdf2)(password, salt, iterations, 32, 'sha256');
  const keyed = (text: string) => createHmac('sha256', salted).update(text).digest();
  const stored = createHash('sha256').update(keyed('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored}:${keyed('Server Key').toString('base64')}`;
}

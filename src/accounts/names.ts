import { createHash } from 'node:crypto';
import { InvalidArgument } from '../errors.ts';

/** What accounts and groups may be called: also names of database roles, and parts of paths and of object keys. */
const pattern = /^[a-z][a-z0-9._-]{0,62}$/;
/** Names of roles that are PostgreSQL's or our own, and of everybody. The table of accounts has the same rule. */
const reserved = /^(furrow|pg_)|^(postgres|public|none)$/;
/** Accounts of an identity provider's subjects: no local account is called so, so no two ever meet. */
const ofProvider = 'oidc.';

/** What an identity provider may be called: part of the names of its accounts. */
export const providerPattern = /^[a-z][a-z0-9-]{0,19}$/;

/** Whether the text can be the name of an account, of either kind. */
export function isAccountName(text: string): boolean {
  return pattern.test(text) && !reserved.test(text);
}

function checked(text: string, what: string): string {
  if (isAccountName(text)) return text;
  throw new InvalidArgument(
    `'${text.slice(0, 80)}' cannot be the name of ${what}: up to 63 of a-z, 0-9, dot, dash and underscore, a letter first; names that begin with furrow or pg_, and postgres, public and none, are taken`,
  );
}

/** The text, when a new local account may be called so. Throws `InvalidArgument`. */
export function checkLocalName(text: string): string {
  if (text.startsWith(ofProvider))
    throw new InvalidArgument(
      `'${text.slice(0, 80)}': names that begin with ${ofProvider} are given to subjects of identity providers`,
    );
  return checked(text, 'an account');
}

/** The text, when an account of either kind may be called so. Throws `InvalidArgument`. */
export function checkAccountName(text: string): string {
  return checked(text, 'an account');
}

/** The text, when a group may be called so. Throws `InvalidArgument`. */
export function checkGroupName(text: string): string {
  return checked(text, 'a group');
}

/**
 * The account's name of an identity provider's subject: the same for ever, from 130 bits of a hash over issuer and subject, which alone
 * are unique (OpenID Connect Core 1.0, 5.7): names and mail addresses may be given to somebody else.
 */
export function subjectName(provider: string, issuer: string, subject: string): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([issuer, subject]))
    .digest();
  const letters = 'abcdefghijklmnopqrstuvwxyz234567';
  const bits = BigInt(`0x${hash.toString('hex')}`);
  const text = Array.from({ length: 26 }, (_, i) => letters[Number((bits >> BigInt(5 * i)) & 31n)]);
  return `${ofProvider}${provider}.${text.join('')}`;
}

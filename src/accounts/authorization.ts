import {
  AuthenticationRequired,
  AuthenticationSchemeInvalid,
  CredentialsInvalid,
  TokenInvalid,
} from '../errors.ts';

/** What a request shows to prove who asks. */
export type Shown =
  | { readonly kind: 'password'; readonly name: string; readonly password: string }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'oidc'; readonly provider: string; readonly jwt: string };

/** JSON Web Tokens with many claims have some kilobytes. */
const longest = 16 * 1024;

/**
 * Reads an Authorization header: `Basic` (RFC 7617, UTF-8), and of `Bearer` our own tokens (`basic//TOKEN` as openEO API 1.2 has them,
 * or bare) and `oidc/PROVIDER/JWT`. Throws `AuthenticationRequired` where there is none, `AuthenticationSchemeInvalid`,
 * `CredentialsInvalid`, `TokenInvalid`. No error shows what was given.
 */
export function readAuthorization(header: string | undefined): Shown {
  if (header === undefined || header.trim() === '')
    throw new AuthenticationRequired('log in first: an Authorization header is missing');
  if (header.length > longest)
    throw new TokenInvalid(`the Authorization header has more than ${longest} characters`);
  const [, scheme = '', rest = ''] = /^(\S+) *(.*)$/.exec(header.trim()) ?? [];
  switch (scheme.toLowerCase()) {
    case 'basic':
      return readBasic(rest);
    case 'bearer':
      return readBearer(rest);
    default:
      throw new AuthenticationSchemeInvalid('the Authorization header begins with Basic or Bearer');
  }
}

function readBasic(text: string): Shown {
  const wrong = () => new CredentialsInvalid('user name and password are not written as Basic wants them');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) throw wrong();
  let pair: string;
  try {
    pair = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(text, 'base64'));
  } catch {
    throw wrong();
  }
  const colon = pair.indexOf(':');
  if (colon < 1) throw wrong();
  return { kind: 'password', name: pair.slice(0, colon), password: pair.slice(colon + 1) };
}

function readBearer(text: string): Shown {
  const [, provider, jwt] = /^oidc\/([^/]+)\/([\w-]+\.[\w-]+\.[\w-]*)$/.exec(text) ?? [];
  if (provider !== undefined && jwt !== undefined) return { kind: 'oidc', provider, jwt };
  const token = /^(?:basic\/\/)?([\w-]+)$/.exec(text)?.[1];
  if (token !== undefined) return { kind: 'token', token };
  throw new TokenInvalid('a token is written basic//TOKEN or oidc/PROVIDER/TOKEN');
}

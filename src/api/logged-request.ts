import type { FastifyRequest } from 'fastify';

const longest = 500;
/** What `linkSigner` makes, wherever an address has it, and parts of it. */
const signedPart = /(?<=\/signed[\w-]*\/+)[^/?]+|[\w-]{20,}\.[\w-]{20,}/g;

/** What the log tells of a request: nothing that would let its reader make one as somebody else. */
export function loggedRequest({ method, url, ip }: FastifyRequest): Record<string, unknown> {
  return { method, url: withoutSecrets(url), remoteAddress: ip };
}

/** An address without what is secret in it: the token of a signed thing, values of parameters that carry credentials. */
export function withoutSecrets(url: string): string {
  return url
    .replaceAll(signedPart, '...')
    .replaceAll(/([?&][^=&]*(?:token|authorization|password|secret|signature)[^=&]*)=[^&]*/gi, '$1=...')
    .slice(0, longest);
}

import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

/**
 * Marks an answer with the version of what it shows, which browsers keep and ask about again. True where the client has that version: then
 * the answer is sent (304). Kept by the asker alone, as rights differ.
 */
export function isFresh(request: FastifyRequest, reply: FastifyReply, version: readonly unknown[]): boolean {
  const tag = `"${createHash('sha256').update(JSON.stringify(version)).digest('base64url').slice(0, 22)}"`;
  reply.header('etag', tag).header('cache-control', 'private, max-age=0, must-revalidate');
  const shown = request.headers['if-none-match'];
  if (shown === undefined || !shown.split(',').some((one) => one.trim().replace(/^W\//, '') === tag))
    return false;
  reply.code(304).send();
  return true;
}

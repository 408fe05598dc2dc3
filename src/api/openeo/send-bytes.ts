import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ByteSource } from '../../storage/source.ts';

/** Bytes read at a time: as much as waits in memory for a client that takes it slowly. */
const stepBytes = 1 << 20;

export interface SentFile {
  readonly source: ByteSource;
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: number;
  /** Changes when the content does: an ETag without its quotes. */
  readonly version: string;
}

/**
 * Answers GET and HEAD of a file: all of it, or the one range of bytes that is asked for (RFC 9110, 14), or 304 for who has it. Several
 * ranges at once are answered by the whole, as the RFC allows. The file is read as the client takes it.
 */
export function sendBytes(request: FastifyRequest, reply: FastifyReply, file: SentFile): FastifyReply {
  const { source, name, mediaType, bytes, version } = file;
  const { headers, method, signal } = request;
  const etag = `"${version}"`;
  reply
    .header('etag', etag)
    .header('accept-ranges', 'bytes')
    .header('cache-control', 'private, max-age=3600')
    .header('content-disposition', `attachment; filename="${name.replaceAll(/[^\w.-]/g, '_')}"`)
    .type(mediaType);
  const known = (headers['if-none-match'] ?? '').split(',').map((tag) => tag.trim());
  if (known.includes(etag) || known.includes('*')) return reply.code(304).send();
  const condition = headers['if-range'];
  const range = condition === undefined || condition === etag ? rangeOf(headers.range, bytes) : undefined;
  if (range === 'outside')
    return reply
      .code(416)
      .header('content-range', `bytes */${bytes}`)
      .type('application/problem+json')
      .send({
        id: request.id,
        code: 'RangeNotSatisfiable',
        message: `the file has ${bytes} bytes; none of ${headers.range}`,
      });
  const [from, to] = range ?? [0, bytes];
  if (range !== undefined) reply.code(206).header('content-range', `bytes ${from}-${to - 1}/${bytes}`);
  reply.header('content-length', to - from);
  if (method === 'HEAD') return reply.send();
  return reply.send(
    Readable.from(parts(source, from, to, signal), { objectMode: false, highWaterMark: stepBytes }),
  );
}

async function* parts(
  source: ByteSource,
  from: number,
  to: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for (let offset = from; offset < to; offset += stepBytes)
    yield await source.read({ offset, length: Math.min(stepBytes, to - offset) }, { signal });
}

/** Start and end (left out) of a single range; undefined for none, for several and for what is no range. */
export function rangeOf(
  header: string | undefined,
  bytes: number,
): readonly [from: number, to: number] | 'outside' | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined;
  if (first === '') {
    const count = Math.min(Number(last), bytes);
    return count === 0 ? 'outside' : [bytes - count, bytes];
  }
  const from = Number(first);
  const to = last === '' ? bytes : Math.min(bytes, Number(last) + 1);
  if (last !== '' && Number(last) < from) return undefined;
  return from >= bytes ? 'outside' : [from, to];
}

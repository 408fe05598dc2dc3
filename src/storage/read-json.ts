import { InvalidFile } from '../errors.ts';
import { checkLimit } from '../limits.ts';
import { type OpenOptions, openSource } from './open-source.ts';
import type { ByteSource } from './source.ts';

/**
 * Reads and parses the JSON document (UTF-8, a byte-order mark is allowed) at an address. Throws `LimitExceeded` when
 * it is longer than `jsonBytes`, `InvalidFile` when it is not JSON, besides what `openSource` throws. The shape is
 * the caller's to check.
 */
export async function readJson(url: string, options: OpenOptions = {}): Promise<unknown> {
  const bytes = await readWhole(await openSource(url, options), options);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new InvalidFile(`${url} is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/** All bytes of a document of at most `jsonBytes`. */
export async function readWhole(source: ByteSource, { signal }: OpenOptions = {}): Promise<Uint8Array> {
  const size = await source.size({ signal });
  checkLimit('jsonBytes', size, source.url);
  return source.read({ offset: 0, length: size }, { signal });
}

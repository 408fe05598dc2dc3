import { InvalidArgument } from '../errors.ts';
import { pathOf, schemeOf } from './address.ts';
import { allowHostOf } from './egress.ts';
import { openFile } from './file-source.ts';
import { openHttp } from './http-source.ts';
import { openS3 } from './s3-source.ts';
import type { ByteSource, ReadOptions } from './source.ts';

export interface OpenOptions extends ReadOptions {
  /**
   * Who named the address: `user` (typed in a cell, a command or the configuration) allows that address's own host
   * from then on; `data` (an item, a request; the default) reaches public addresses and allowed hosts only.
   */
  readonly trust?: 'user' | 'data' | undefined;
}

/**
 * Opens an absolute path, `file://`, `http(s)://` or `s3://bucket/key` address for reading by range. Throws
 * `FileNotFound`, `EgressRefused`, `StorageFailure`, and `Unsupported` for other schemes.
 */
export async function openSource(url: string, options: OpenOptions = {}): Promise<ByteSource> {
  const scheme = schemeOf(url);
  if (scheme === 'file') return openFile(pathOf(url), options);
  if (scheme === 's3') return openS3(url, { signal: options.signal });
  if (!URL.canParse(url)) throw new InvalidArgument(`'${url}' is no address`);
  const address = new URL(url);
  if (options.trust === 'user') allowHostOf(address);
  return openHttp(address, { signal: options.signal });
}

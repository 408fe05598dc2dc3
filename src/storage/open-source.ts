import { InvalidArgument } from '../errors.ts';
import { pathOf, schemeOf, splitS3 } from './address.ts';
import { archiveAddress } from './archive-address.ts';
import { notForAskers } from './asked-address.ts';
import { allowBucket, allowHostOf, isForAsker } from './egress.ts';
import { openFile } from './file-source.ts';
import { metered } from './read-meter.ts';
import type { ByteSource, ReadOptions } from './source.ts';

export interface OpenOptions extends ReadOptions {
  /**
   * Who named the address: `user` (typed in a cell, a command or the configuration) allows that address's own host
   * from then on, or, for s3, its bucket to be read with the user's keys; `data` (an item, a request; the default) reaches public
   * addresses and allowed hosts only, and buckets that nobody named without keys.
   */
  readonly trust?: 'user' | 'data' | undefined;
}

/**
 * Opens an absolute path, `file://`, `http(s)://` or `s3://bucket/key` address for reading by range, or a member of an archive
 * at one of them: `zip+https://host/a.zip!/inner.tif`, `tar+file:///a.tar!/inner.tif`, also in GDAL's spelling. Throws
 * `FileNotFound`, `EgressRefused`, `StorageFailure`, and `Unsupported` for other schemes.
 */
export async function openSource(url: string, options: OpenOptions = {}): Promise<ByteSource> {
  const archived = archiveAddress(url);
  if (archived) {
    const { openMember } = await import('./archive-source.ts');
    const outer = await openSource(archived.archive, options);
    return openMember(outer, archived.kind, archived.member, { signal: options.signal, keep: true });
  }
  const scheme = schemeOf(url);
  if (isForAsker() && scheme !== 'http' && scheme !== 'https') throw notForAskers(url);
  if (scheme === 'file') return metered(await openFile(pathOf(url), options));
  if (scheme === 's3') {
    if (options.trust === 'user') allowBucket(splitS3(url).bucket);
    const { openS3 } = await import('./s3-source.ts');
    return metered(await openS3(url, { signal: options.signal }));
  }
  if (!URL.canParse(url)) throw new InvalidArgument(`'${url}' is no address`);
  const address = new URL(url);
  if (options.trust === 'user') allowHostOf(address);
  // The HTTP client is 25 MiB of memory: a session on local files never loads it.
  const { openHttp } = await import('./http-source.ts');
  return metered(await openHttp(address, { signal: options.signal }));
}

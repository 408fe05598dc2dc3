import { Unsupported } from '../errors.ts';
import { pathOf, schemeOf, splitS3 } from './address.ts';
import { allowBucket } from './egress.ts';
import type { OpenOptions } from './open-source.ts';
import { writeFileWhole } from './write-file.ts';

/**
 * Writes a file (a path or `file://`) or an object (`s3://bucket/key`) so that readers see the old content or the whole new one;
 * missing folders are made, missing buckets are not. Throws `StorageFailure`, `InvalidArgument`, `Cancelled`, `Unsupported`.
 */
export async function writeObject(
  address: string,
  content: Uint8Array | AsyncIterable<Uint8Array>,
  { signal, trust }: OpenOptions = {},
): Promise<void> {
  const scheme = schemeOf(address);
  if (scheme === 'file') return writeFileWhole(pathOf(address), content, { signal });
  if (scheme !== 's3')
    throw new Unsupported(`'${address}': writing goes to a folder or to s3://bucket/key, not to ${scheme}`);
  if (trust === 'user') allowBucket(splitS3(address).bucket);
  const { putObject } = await import('./put-object.ts');
  return putObject(address, content, { signal });
}

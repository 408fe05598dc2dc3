import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { StorageFailure, throwIfCancelled } from '../errors.ts';
import type { ReadOptions } from './source.ts';

/**
 * Writes a file so that readers see the old content or the whole new one, never a part: a temporary file beside it,
 * flushed to disk, then renamed over it. Missing folders are made. Throws `StorageFailure` (full disk, no permission)
 * or `Cancelled`, both with the temporary file removed.
 */
export async function writeFileWhole(
  path: string,
  content: Uint8Array | AsyncIterable<Uint8Array>,
  { signal }: ReadOptions = {},
): Promise<void> {
  const target = resolve(path);
  const temporary = join(dirname(target), `.${basename(target)}.${randomUUID()}.part`);
  throwIfCancelled(signal, `writing ${target}`);
  let handle: FileHandle | undefined;
  try {
    await mkdir(dirname(target), { recursive: true });
    handle = await open(temporary, 'wx');
    for await (const part of content instanceof Uint8Array ? [content] : content) {
      throwIfCancelled(signal, `writing ${target}`);
      await writeAll(handle, part);
    }
    await handle.sync();
    await handle.close();
    handle = undefined;
    await rename(temporary, target);
    await syncFolder(dirname(target));
  } catch (error) {
    await handle?.close().catch(() => undefined);
    await rm(temporary, { force: true }).catch(() => undefined);
    if (error instanceof Error && 'errno' in error)
      throw new StorageFailure(`${target} cannot be written: ${error.message}`, { cause: error });
    throw error;
  }
}

async function writeAll(handle: FileHandle, part: Uint8Array): Promise<void> {
  for (let done = 0; done < part.length; ) {
    const { bytesWritten } = await handle.write(part, done, part.length - done);
    done += bytesWritten;
  }
}

/** The rename itself is durable only once the folder is flushed; some file systems refuse that, which is harmless. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

import { fstatSync, type Stats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { FileNotFound, InvalidFile, ObjectChanged, StorageFailure, throwIfCancelled } from '../errors.ts';
import { clampRange } from './check-range.ts';
import { readCoalesced } from './coalesce.ts';
import type { ByteRange, ByteSource, ReadOptions } from './source.ts';

/** Reading over a gap costs less than another system call up to about this size. */
const LOCAL_GAP_BYTES = 16 * 1024;

/**
 * A local file. Each read opens the file anew, so a source holds no descriptor and needs no closing; a file whose
 * size or modification time changed since the source was opened throws `ObjectChanged`.
 */
export async function openFile(path: string, { signal }: ReadOptions = {}): Promise<ByteSource> {
  throwIfCancelled(signal, `opening ${path}`);
  const first = await stat(path).catch((error: NodeJS.ErrnoException) => fail(path, error));
  if (!first.isFile()) throw new FileNotFound(`${path} is no file`);
  const version = versionOf(first);

  const withHandle = async <T>(work: (handle: FileHandle) => Promise<T>): Promise<T> => {
    const handle = await open(path, 'r').catch((error: NodeJS.ErrnoException) => fail(path, error));
    try {
      // Of an open file this waits for nothing, and spares the way to a thread and back.
      if (versionOf(fstatSync(handle.fd)) !== version)
        throw new ObjectChanged(`${path} changed while it was being read; start the read again`);
      return await work(handle);
    } catch (error) {
      if (isSystemError(error)) return fail(path, error);
      throw error;
    } finally {
      await handle.close();
    }
  };
  const readAt = async (
    handle: FileHandle,
    range: ByteRange,
    { signal, memory = Buffer.allocUnsafeSlow }: ReadOptions = {},
  ): Promise<Uint8Array> => {
    throwIfCancelled(signal, `reading ${path}`);
    const { offset, length } = clampRange(range, first.size, path);
    const bytes = memory(length);
    for (let done = 0; done < length; ) {
      const { bytesRead } = await handle.read(bytes, done, length - done, offset + done);
      if (bytesRead === 0) throw new ObjectChanged(`${path} became shorter while it was being read`);
      done += bytesRead;
    }
    return bytes;
  };
  return {
    url: path,
    near: true,
    size: async () => first.size,
    version: async () => version,
    read: (range, options) => withHandle((handle) => readAt(handle, range, options)),
    readMany: (ranges, options) => {
      for (const range of ranges) clampRange(range, first.size, path);
      return withHandle((handle) =>
        readCoalesced(ranges, (range) => readAt(handle, range, options), LOCAL_GAP_BYTES),
      );
    },
  };
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'errno' in error;
}

function versionOf({ mtimeMs, size, ino }: Stats): string {
  return `${ino}-${mtimeMs}-${size}`;
}

function fail(path: string, error: NodeJS.ErrnoException): never {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR')
    throw new FileNotFound(`nothing stands at ${path}`, { cause: error });
  if (error.code === 'EISDIR') throw new InvalidFile(`${path} is a folder`, { cause: error });
  throw new StorageFailure(`${path} cannot be read: ${error.message}`, { cause: error });
}

import { mkdir, statfs } from 'node:fs/promises';
import { StartFailed } from './start-failed.ts';

/** What a step is going to write. */
export interface Need {
  readonly what: string;
  readonly bytes: number;
}

/** Throws `StartFailed` when the disk that holds `folder` (made when absent) has less room than all needs together. */
export async function checkDisk(
  folder: string,
  needs: readonly Need[],
  read: (folder: string) => Promise<{ bavail: number; bsize: number }> = statfs,
): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartFailed(`The folder ${folder} cannot be made: ${reason}`, { cause: error });
  }
  const wanted = needs.reduce((sum, { bytes }) => sum + bytes, 0);
  if (wanted === 0) return;
  const { bavail, bsize } = await read(folder);
  const free = bavail * bsize;
  if (free >= wanted) return;
  const names = needs.map(({ what }) => what).join(', ');
  throw new StartFailed(
    `The disk of ${folder} has ${megabytes(free)} MB left and ${megabytes(wanted)} MB are needed (${names}): make room, or name another folder with --data.`,
  );
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1e6);
}

/** Whether the error, or one that caused it, says that a disk is full. */
export function saysDiskFull(error: unknown): boolean {
  for (let reason = error; reason instanceof Error; reason = reason.cause)
    if (('code' in reason && reason.code === 'ENOSPC') || /ENOSPC|No space left/i.test(reason.message))
      return true;
  return false;
}

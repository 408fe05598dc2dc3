import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../config.ts';
import { StoreFailure } from '../errors.ts';

/** One numbered SQL file. `checksum` is the SHA-256 of its text. */
export interface Migration {
  readonly id: number;
  readonly sql: string;
  readonly checksum: string;
}

/**
 * The migrations in order, from `src/store/migrations` of the package (the build does not copy SQL).
 * Throws `StoreFailure` when the numbers have a gap or a name is not six digits and `.sql`.
 */
export async function readMigrations(
  folder = join(packageRoot(), 'src', 'store', 'migrations'),
): Promise<Migration[]> {
  const names = (await readdir(folder)).sort();
  return await Promise.all(
    names.map(async (name, index) => {
      const id = index + 1;
      if (name !== `${String(id).padStart(6, '0')}.sql`)
        throw new StoreFailure(
          `${join(folder, name)}: migration ${id} is missing before it, or its name is not 00000n.sql`,
        );
      const sql = await readFile(join(folder, name), 'utf8');
      return { id, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

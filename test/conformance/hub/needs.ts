import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { postgresFolder, withoutPostgres } from '../../store/scratch-postgres.ts';
import { chromiumPath, withoutChromium } from '../../support/browser.ts';
import { versitygw, withoutVersitygw } from '../../support/s3-gateway.ts';

/** A Python that every user of this machine can run; undefined where all lie in a private folder. */
export function openPython(): string | undefined {
  const places = ['/usr/bin', ...(process.env.PATH ?? '').split(':')].map((folder) =>
    join(folder, 'python3'),
  );
  return places.find((place) => existsSync(place) && isOpen(dirname(realpathSync(place))));
}

function isOpen(folder: string): boolean {
  return (statSync(folder).mode & 0o005) === 0o005 && (folder === '/' || isOpen(dirname(folder)));
}

/** Why the suite of the hub cannot run here; undefined where it can. */
export function withoutHub(): string | undefined {
  if (process.getuid?.() !== 0) return 'system users are made and served by root alone';
  if (postgresFolder === undefined) return withoutPostgres;
  if (versitygw() === undefined) return withoutVersitygw;
  if (openPython() === undefined) return 'no Python here is open to all users of the machine';
  return chromiumPath() === undefined ? withoutChromium : undefined;
}

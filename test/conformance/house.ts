import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/config.ts';
import { storeSchema } from '../store/store-schema.ts';
import { forbiddenImports, importCircle, readHouse } from '../style/house.ts';
import { deadLinks, pages } from '../style/links.ts';
import { publicExports } from '../style/public-exports.ts';
import { type Check, type SuiteResult, suiteResult } from './suite.ts';

/** The house as ARCHITECTURE.md says: arrows, links, the public surface and the store's schema as in their snapshots. */
export async function house(): Promise<SuiteResult> {
  const root = packageRoot();
  const tree = readHouse(root);
  const stray = 'src/geometry/stray.ts';
  const broken = new Map(tree).set(stray, "import { openStore } from '../store/open-store.ts';\n");
  const snapshot = (file: string) => readFileSync(join(root, 'test', file), 'utf8');
  return suiteResult('house', [
    ...forbiddenImports(tree).map((sentence) => failed('arrows', sentence)),
    check(`arrows: ${tree.size} files import nothing that is forbidden`, forbiddenImports(tree).length === 0),
    check(
      'arrows: a forbidden import is caught',
      forbiddenImports(broken).some((line) => line.startsWith(stray)),
    ),
    check('arrows: no circle of files', importCircle(tree) === undefined),
    ...pages.flatMap((page) => deadLinks(root, page).map((link) => failed('links', link))),
    check(
      'links: every page leads somewhere',
      pages.every((page) => deadLinks(root, page).length === 0),
    ),
    check('exports: as in their snapshot', publicExports(root) === snapshot('style/exports.snapshot.txt')),
    check('schema: as in its snapshot', (await storeSchema()) === snapshot('store/schema.snapshot.sql')),
  ]);
}

function check(name: string, held: boolean): Check {
  return { name, status: held ? 'passed' : 'failed' };
}

function failed(name: string, message: string): Check {
  return { name, status: 'failed', message };
}

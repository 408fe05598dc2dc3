import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import ts from 'typescript';
import { mayImport } from './arrows.ts';

/** The project's TypeScript files by path from the root, with their text. */
export type House = ReadonlyMap<string, string>;

/** Reads every TypeScript file that git knows or would add under the product's folders. */
export function readHouse(root: string): House {
  const listing = spawnSync(
    'git',
    ['ls-files', '-co', '--exclude-standard', '--', 'src', 'kernel', 'widgets', 'cli', 'start'],
    { cwd: root, encoding: 'utf8' },
  );
  if (listing.status !== 0) throw new HouseUnreadable(`git ls-files failed in ${root}: ${listing.stderr}`);
  const files = listing.stdout.split('\n').filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'));
  return new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
}

/** The listing of the project's files could not be had. */
export class HouseUnreadable extends Error {
  override readonly name = 'HouseUnreadable';
}

/** Relative imports of a file, static, dynamic and by `new URL('./x', import.meta.url)`, as paths from the root. */
export function importsOf(file: string, text: string): string[] {
  const folder = posix.dirname(file);
  return ts
    .preProcessFile(text, true, true)
    .importedFiles.map(({ fileName }) => fileName)
    .filter((name) => name.startsWith('.'))
    .map((name) => posix.normalize(posix.join(folder, name)));
}

/** One sentence for each import that the arrows forbid. */
export function forbiddenImports(house: House): string[] {
  return [...house].flatMap(([file, text]) =>
    importsOf(file, text)
      .filter((target) => !mayImport(file, target))
      .map((target) => `${file} imports ${target}`),
  );
}

/** One circle of files that import each other, as the way round, or undefined. */
export function importCircle(house: House): string[] | undefined {
  const finished = new Set<string>();
  const visit = (file: string, way: readonly string[]): string[] | undefined => {
    const seen = way.indexOf(file);
    if (seen >= 0) return [...way.slice(seen), file];
    const text = house.get(file);
    if (text === undefined || finished.has(file)) return undefined;
    for (const target of importsOf(file, text)) {
      const circle = visit(target, [...way, file]);
      if (circle !== undefined) return circle;
    }
    finished.add(file);
    return undefined;
  };
  for (const file of house.keys()) {
    const circle = visit(file, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

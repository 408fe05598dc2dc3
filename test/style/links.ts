import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Relative links and pictures of a Markdown page that lead nowhere, each with the page's name. */
export function deadLinks(root: string, page: string): string[] {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^([a-z]+:|#)/.test(target))
    .map((target) => target.split('#')[0] ?? target)
    .filter((target) => !existsSync(join(root, dirname(page), target)))
    .map((target) => `${page}: ${target}`);
}

/** The pages of the project itself. */
export const pages = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'KERNEL.md'];

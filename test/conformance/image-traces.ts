import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { filesBelow } from './image-container.ts';

/** Where any of the texts stands in the files below `rootfs`: one line a find, `FILE holds WHAT`. */
export async function findTraces(
  rootfs: string,
  traces: readonly { readonly what: string; readonly text: string }[],
): Promise<string[]> {
  const wanted = traces.map(({ what, text }) => ({ what, bytes: Buffer.from(text) }));
  const found: string[] = [];
  for (const file of await filesBelow(rootfs)) {
    const bytes = await readFile(file);
    for (const { what, bytes: text } of wanted)
      if (bytes.includes(text)) found.push(`${relative(rootfs, file)} holds ${what}`);
  }
  return found;
}

/** Settings of package managers and what they leave behind, which no image needs. */
export async function findLeftovers(rootfs: string): Promise<string[]> {
  const names =
    /^(run\/secrets\/.*|(.*\/)?(\.npmrc|npmrc|pip\.conf|\.package-lock\.json|\.netrc)|root\/\.(npm|cache)\/.*|var\/lib\/apt\/lists\/.*|tmp\/.*)$/;
  return (await filesBelow(rootfs)).map((file) => relative(rootfs, file)).filter((file) => names.test(file));
}

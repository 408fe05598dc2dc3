import { join } from 'node:path';
import { hasDemoSeason, makeDemoSeason } from '../src/demo/make-demo-season.ts';
import type { Step } from './progress.ts';

/** The folder in which the collection `demo` is looked for. */
export function demoFolder(dataDir: string): string {
  return join(dataDir, 'demo');
}

/** Generates the demo season unless it is there already, in the version of these sources. */
export async function makeDemo(
  dataDir: string,
  { step, signal }: { step: Step; signal?: AbortSignal | undefined },
): Promise<'generated' | 'present'> {
  const folder = demoFolder(dataDir);
  if (await hasDemoSeason({ folder })) return 'present';
  await makeDemoSeason({
    folder,
    signal,
    onProgress: ({ done, total, what }) => step.update(done / total, what),
  });
  return 'generated';
}

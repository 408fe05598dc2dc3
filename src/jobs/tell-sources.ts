import type { ComputeContext } from './compute-result.ts';
import type { NewLogLine } from './job.ts';

/** Images that cannot be read are named up to so many of a collection. */
const mostNamed = 20;

/** Says in the log of a run which images it reads, and, as a warning, which it leaves out because they cannot be read. */
export function tellSources(log: (line: NewLogLine) => void): Pick<ComputeContext, 'onSources' | 'onUnread'> {
  const told = new Map<string, Set<string>>();
  return {
    onSources: (used) => {
      for (const [collection, items] of Map.groupBy(used, (source) => source.collection))
        log({ level: 'info', message: `reading ${items.length} images of ${collection}` });
    },
    // A graph may load a collection several times.
    onUnread: (collection, reasons) => {
      const known = told.get(collection) ?? new Set();
      told.set(collection, known);
      const before = known.size;
      for (const reason of reasons) {
        if (known.has(reason)) continue;
        known.add(reason);
        if (known.size <= mostNamed)
          log({
            level: 'warning',
            message: `an image of ${collection} cannot be read and is left out: ${reason}`,
          });
      }
      const unnamed = known.size - Math.max(before, mostNamed);
      if (unnamed > 0)
        log({ level: 'warning', message: `${unnamed} more images of ${collection} cannot be read` });
    },
  };
}

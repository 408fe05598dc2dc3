import type { CubeCollection } from '../cube/load-plan.ts';
import type { EncodedFile } from '../formats/encode-cube.ts';
import { encodeResult } from '../formats/encode-result.ts';
import type { Json } from '../graph/process-graph.ts';
import { type GraphResult, type RunContext, runGraph } from '../graph/run.ts';
import { openAskedStac } from './asked-stac.ts';
import type { OpenPublished } from './published.ts';
import { type FoundItem, factsOf, itemsUsed, type ResultFacts } from './result-facts.ts';

export interface ComputedResult {
  readonly files: EncodedFile[];
  /** Of a graph that gives no cube. */
  readonly value?: Json | undefined;
  readonly facts: ResultFacts;
}

export interface ComputeContext extends Omit<RunContext, 'openCollection' | 'onPlanned'> {
  readonly openCollection: OpenPublished;
  /** Told which images are going to be read. */
  readonly onSources?: ((used: readonly FoundItem[]) => void) | undefined;
}

/** A collection that remembers which images it gave. */
function watched(collection: CubeCollection, name: string, found: FoundItem[]): CubeCollection {
  const { id, bands } = collection;
  return {
    id,
    bands,
    get problems() {
      return collection.problems;
    },
    items: async (query) => {
      const given = await collection.items(query);
      for (const item of given) found.push({ collection: name, item });
      return given;
    },
  };
}

/** An address as a result may name it: what stands behind ? is often a signature. */
function withoutQuery(address: string): string {
  return address.split(/[?#]/, 1)[0] ?? '';
}

/** Runs a graph, and gives what it computed together with what it was made of. Throws as `runGraph` does. */
export async function runWatched(
  graph: unknown,
  context: ComputeContext,
): Promise<{ result: GraphResult; facts: ResultFacts }> {
  const found: FoundItem[] = [];
  let used: readonly FoundItem[] = [];
  const result = await runGraph(graph, {
    ...context,
    openCollection: async (id, options) => watched(await context.openCollection(id, options), id, found),
    openStac: async (url, options) =>
      watched(await (context.openStac ?? openAskedStac)(url, options), withoutQuery(url), found),
    onUnread: (name, reasons) => context.onUnread?.(withoutQuery(name), reasons),
    onPlanned: ({ loads }) => {
      used = itemsUsed(found, loads.values());
      context.onSources?.(used);
    },
  });
  return { result, facts: factsOf(result, used) };
}

/** Runs a graph and encodes its result as `save_result` asked for. Throws as `runGraph` and `encodeResult` do. */
export async function computeResult(graph: unknown, context: ComputeContext): Promise<ComputedResult> {
  const { result, facts } = await runWatched(graph, context);
  const { signal } = context;
  const files = await encodeResult(result, { signal });
  return { files, facts, ...(result.kind === 'value' && { value: result.value }) };
}

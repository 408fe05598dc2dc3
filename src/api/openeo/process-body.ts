import { Type } from 'typebox';
import { BillingPlanInvalid, CollectionNotFound } from '../../errors.ts';
import { checkGraph } from '../../graph/validate.ts';
import { logLevels } from '../../jobs/job.ts';
import { freePlan } from './capabilities.ts';
import { missingCollections } from './check-process.ts';

/** A process of a user: its graph, with any metadata. */
export const processSchema = Type.Object(
  { process_graph: Type.Object({}, { additionalProperties: true }) },
  { additionalProperties: true },
);

// One schema of two types: a union would have null turned into the empty text by its first half.
const text = (maxLength: number) => Type.Unsafe<string | null>({ type: ['string', 'null'], maxLength });

/** What jobs and services have in common, all of it optional. */
export const commonFields = {
  title: Type.Optional(text(1_000)),
  description: Type.Optional(text(100_000)),
  plan: Type.Optional(text(100)),
  budget: Type.Optional(Type.Unsafe<number | null>({ type: ['number', 'null'], minimum: 0 })),
  log_level: Type.Optional(Type.Enum([...logLevels])),
};

/** An id in a path. */
export const idSchema = Type.String({ pattern: '^[\\w.~-]{1,100}$' });

/**
 * Refuses what cannot be run on this server before anything is stored. Throws what `checkGraph` throws, and
 * `CollectionNotFound`.
 */
export function checkProcess(
  process: Readonly<Record<string, unknown>>,
  collections: ReadonlyMap<string, string>,
): void {
  const graph = checkGraph({ process_graph: process.process_graph });
  const [missing] = missingCollections(graph, collections);
  if (missing !== undefined) throw new CollectionNotFound(missing);
}

/** The plan in its own spelling; names of plans are taken in any case. Throws `BillingPlanInvalid`. */
export function checkedPlan(plan: string | null | undefined): string | null | undefined {
  if (plan === null || plan === undefined) return plan;
  if (plan.toLowerCase() === freePlan) return freePlan;
  throw new BillingPlanInvalid(`there is no plan '${plan.slice(0, 80)}'; there is '${freePlan}'`);
}

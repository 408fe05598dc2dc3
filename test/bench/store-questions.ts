import { crossSection } from '../../src/store/cross-section.ts';
import { series } from '../../src/store/series.ts';
import type { Store } from '../../src/store/store.ts';

export const bands = ['B02', 'B03', 'B04', 'B05', 'B08', 'B11', 'SC'] as const;

/** The yardstick's names of its queries, and ours of the figures. */
export const questions = {
  'q1a parcel + band': 'parcel_band',
  'q1 parcel, all bands, with dates': 'parcel',
  'q2 image + band, all parcels': 'image',
  'q3 B04+B08 of a list of parcels': 'thousand',
} as const;

export type Question = keyof typeof questions;

/** What one question asks for: a parcel, an image (both from 1), or a list of parcels. */
export type Draws = Readonly<Record<Question, { readonly cold: number[][]; readonly warm: number[][] }>>;

const runs = 20;
const colds = 3;
const listed = 1000;

/** What `bench_store.mjs` asks with its seed 1, drawn in its order; `cold`: it was given a --cold-cmd. */
export function draws(parcels: number, images: number, cold: boolean): Draws {
  const random = mulberry32(1);
  const pick = (most: number) => 1 + Math.floor(random() * most);
  const times = (count: number, draw: () => number[]) => Array.from({ length: count }, draw);
  const of = (draw: () => number[], warm: number) => {
    const coldDraws = cold ? times(colds, draw) : [];
    // One before the timed ones, one more for its plan.
    return { cold: coldDraws, warm: times(warm + 2, draw).slice(0, -1) };
  };
  const parcel = () => [pick(parcels)];
  const list = () => times(listed, parcel).flat();
  const q1a = of(parcel, runs);
  const q1 = of(parcel, runs);
  const q2 = of(() => [pick(images)], runs >> 2);
  const coldLists = cold ? times(colds, list) : [];
  const fixed = list();
  return {
    'q1a parcel + band': q1a,
    'q1 parcel, all bands, with dates': q1,
    'q2 image + band, all parcels': q2,
    'q3 B04+B08 of a list of parcels': {
      cold: coldLists,
      warm: Array.from({ length: (runs >> 2) + 1 }, () => fixed),
    },
  };
}

function mulberry32(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export interface Asked {
  readonly store: Store;
  readonly dataset: number;
  /** Ids in the order of time. */
  readonly images: readonly number[];
}

/** Asks our store one question; gives the number of signatures in the answer, as the yardstick counts them. */
export async function ask(
  question: Question,
  drawn: readonly number[],
  { store, dataset, images }: Asked,
): Promise<number> {
  const first = drawn[0] ?? 0;
  switch (question) {
    case 'q1a parcel + band':
      return (await series(store, { dataset, pids: [first], bands: ['B08'], histogram: null })).rows;
    case 'q1 parcel, all bands, with dates':
      return (await series(store, { dataset, pids: [first], bands, histogram: null })).rows * bands.length;
    case 'q2 image + band, all parcels':
      return (await crossSection(store, { dataset, image: images[first - 1] ?? -1, band: 'B08' })).pid.length;
    case 'q3 B04+B08 of a list of parcels': {
      const two = ['B04', 'B08'];
      const stats = ['mean', 'std'];
      return (await series(store, { dataset, pids: drawn, bands: two, stats, histogram: null })).rows * 2;
    }
  }
}

import { writeFile } from 'node:fs/promises';
import { claimImage } from '../../src/store/claims.ts';
import { type ImageRecord, registerImages } from '../../src/store/images.ts';
import type { Store } from '../../src/store/store.ts';
import { type SignatureRows, writeImage } from '../../src/store/write-signatures.ts';
import { bands } from './store-questions.ts';

const stats = ['mean', 'std', 'min', 'max', 'p25', 'p50', 'p75'];
const day = 86_400_000;

/** Images five days apart, as the yardstick's; those beyond its last one are added to the last month. */
export function imageRecords(count: number, added: number): ImageRecord[] {
  const start = Date.UTC(2020, 0, 1, 10, 30);
  const last = start + (count - 1) * 5 * day;
  const times = [
    ...Array.from({ length: count }, (_, i) => start + i * 5 * day),
    ...Array.from({ length: added }, (_, i) => last + (i + 1) * 60_000),
  ];
  return times.map((time, i) => ({
    collection: 'bench',
    reference: `S2A_MSIL2A_${i}`,
    sensor: 's2',
    datetime: new Date(time).toISOString(),
    footprint: [4, 51, 8, 54],
    assets: {},
  }));
}

/** Values drawn as the yardstick draws them; `image` counts from 1. */
export function drawSignatures(image: number, parcels: number): SignatureRows {
  const pid = new Float64Array(parcels);
  const n = new Int32Array(parcels);
  const v = new Float32Array(parcels * bands.length * stats.length);
  let at = 0;
  for (let p = 1; p <= parcels; p++) {
    pid[p - 1] = p;
    n[p - 1] = 30 + ((p * 7919) % 400);
    for (let band = 1; band <= bands.length; band++) {
      const mean = 300 * band + 900 * (1 + Math.sin((image * 5 + (p % 60)) / 58)) + 400 * Math.random();
      const std = 40 + 200 * Math.random();
      v[at++] = mean;
      v[at++] = std;
      v[at++] = Math.max(1, Math.floor(mean - 2.2 * std));
      v[at++] = Math.floor(mean + 2.6 * std);
      v[at++] = Math.floor(mean - 0.67 * std);
      v[at++] = Math.floor(mean);
      v[at++] = Math.floor(mean + 0.67 * std);
    }
  }
  return { layout: { sensor: 's2', bands, stats }, pid, n, v };
}

/** The same rows as COPY text of the yardstick's table, in its order: blocks of 2,000 parcels, band by band. */
export async function writeCopyText(
  file: string,
  image: number,
  { pid, n, v }: SignatureRows,
): Promise<void> {
  const lines: string[] = [];
  const width = bands.length * stats.length;
  for (let from = 0; from < pid.length; from += 2000)
    for (const [b, band] of bands.entries())
      for (let p = from; p < Math.min(pid.length, from + 2000); p++) {
        const values = v.subarray(p * width + b * stats.length, p * width + (b + 1) * stats.length);
        lines.push(`${pid[p]}\t${image}\t${band}\t${n[p]}\t${values.join('\t')}`);
      }
  await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o644 });
}

export interface Written {
  readonly image: number;
  readonly seconds: number;
}

/** Enters a dataset with the images as work to be done; the parcels themselves are asked by no query. */
export async function enterDataset(
  store: Store,
  count: number,
  added: number,
): Promise<{ dataset: number; images: number[] }> {
  const [row] = await store.query<{ id: number }>(
    `insert into furrow.dataset (name) values ('bench') returning id`,
  );
  const dataset = row?.id ?? -1;
  const work = await registerImages(store, { dataset, recipe: 'bench', images: imageRecords(count, added) });
  return { dataset, images: work.map(({ image }) => image) };
}

/** Writes one image through the product's path: claimed by id, one transaction. Gives the seconds of the writing. */
export async function writeOne(
  store: Store,
  dataset: number,
  image: number,
  rows: SignatureRows,
): Promise<number> {
  const start = performance.now();
  const claim = await claimImage(store, { dataset, images: [image] });
  if (claim === undefined) throw new NotClaimed(`image ${image} cannot be claimed`);
  await writeImage(store, claim, { signatures: [rows], histograms: [] });
  return (performance.now() - start) / 1000;
}

/** The store did not hand out the work that was entered. */
class NotClaimed extends Error {
  override readonly name = 'NotClaimed';
}

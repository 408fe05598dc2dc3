import { parcelsToGeoJson } from '../../formats/geojson-out.ts';
import { pointsOf } from '../../store/seasons-of.ts';
import type { MeasuredBatch } from './measured-batch.ts';

/** Parcels as GeoJSON with what they measured among their properties, a piece of the text a batch. */
export async function* geojsonOfBatches(
  batches: AsyncIterable<MeasuredBatch>,
  band: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const encoder = new TextEncoder();
  let before = '{"type":"FeatureCollection","features":[';
  for await (const { series, parcels } of batches) {
    const column = series.bands.get(band);
    const measured = [...pointsOf(series, band)].flatMap(([pid, points]) => {
      const parcel = parcels.get(pid);
      return parcel === undefined
        ? []
        : points.map(({ row, datetime, itemId, n, clear }) => {
            const values = Object.entries(column?.stats ?? {}).map(([stat, own]) => [
              stat,
              Number.isFinite(own[row]) ? own[row] : null,
            ]);
            const statistics = Object.fromEntries(values);
            const attributes = { ...parcel.attributes, datetime, item: itemId, n, ...statistics, clear };
            return { ...parcel, attributes };
          });
    });
    if (measured.length === 0) continue;
    const { features } = parcelsToGeoJson({ name: '', crs: 'OGC:CRS84', parcels: measured });
    yield encoder.encode(before + features.map((feature) => JSON.stringify(feature)).join(','));
    before = ',';
  }
  yield encoder.encode(before === ',' ? ']}' : `${before}]}`);
}

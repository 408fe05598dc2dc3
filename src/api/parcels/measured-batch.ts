import type { PlacedParcel } from '../../store/parcel-rows.ts';
import type { SignatureSeries } from '../../store/series.ts';

/** Signatures with the parcels that they are of. */
export interface MeasuredBatch {
  readonly series: SignatureSeries;
  readonly parcels: ReadonlyMap<number, PlacedParcel>;
}

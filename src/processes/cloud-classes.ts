/** Classes of the Sentinel-2 scene classification that a cloud mask leaves out; the rule of the parcel statistics. */
export { maskedScl as maskedClasses } from '../parcels/quality.ts';

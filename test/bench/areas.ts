import type { Area } from './area.ts';

/** Areas by name; each is loaded when asked for. */
export const areas: ReadonlyMap<string, () => Promise<Area>> = new Map([
  ['parcels', async () => (await import('./parcels.ts')).parcels],
]);

import type { Area } from './area.ts';

/** Areas by name; each is loaded when asked for. */
export const areas: ReadonlyMap<string, () => Promise<Area>> = new Map([
  ['kernel', async () => (await import('./kernel.ts')).kernel],
  ['parcels', async () => (await import('./parcels.ts')).parcels],
]);

import type { Area } from './area.ts';

/** Areas by name; each is loaded when asked for. */
export const areas: ReadonlyMap<string, () => Promise<Area>> = new Map([
  ['extract', async () => (await import('./extract-area.ts')).extract],
  ['kernel', async () => (await import('./kernel.ts')).kernel],
  ['raster', async () => (await import('./raster.ts')).raster],
  ['store', async () => (await import('./store.ts')).store],
  ['parcels', async () => (await import('./parcels.ts')).parcels],
  ['api', async () => (await import('./api.ts')).api],
]);

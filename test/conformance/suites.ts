import type { Suite } from './suite.ts';

/** Suites by name; each is loaded when asked for, so that one suite's needs do not burden another. */
export const suites: ReadonlyMap<string, () => Promise<Suite>> = new Map<string, () => Promise<Suite>>([
  ['references', async () => (await import('./references.ts')).references],
  ['cog', async () => (await import('./cog.ts')).cog],
  ['jupyter', async () => (await import('./jupyter.ts')).jupyter],
  ['frontends', async () => (await import('./frontends.ts')).frontends],
  ['behaviours', async () => (await import('./behaviours.ts')).behaviours],
  ['interrupts', async () => (await import('./interrupts.ts')).interrupts],
  ['flood', async () => (await import('./flood.ts')).flood],
  ['cell-kills', async () => (await import('./cell-kills.ts')).cellKills],
  ['exactly-once', async () => (await import('./exactly-once.ts')).exactlyOnce],
  ['house', async () => (await import('./house.ts')).house],
  ['messages', async () => (await import('./messages.ts')).messages],
  ['storage-faults', async () => (await import('./storage-faults.ts')).storageFaults],
  ['zoo', async () => (await import('./zoo.ts')).zoo],
  ['schemathesis', async () => (await import('./schemathesis.ts')).schemathesis],
  ['access', async () => (await import('./access.ts')).access],
  ['tiff-fuzz', async () => (await import('./tiff-fuzz.ts')).tiffFuzz],
  ['openeo-client', async () => (await import('./openeo-client.ts')).openeoClient],
  ['openeo-general', async () => (await import('./openeo-general.ts')).openeoGeneral],
  ['hub', async () => (await import('./hub.ts')).hub],
  ['jobs-kill', async () => (await import('./jobs-kill.ts')).jobsKill],
  ['cbm-client', async () => (await import('./cbm-client.ts')).cbmClient],
  ['image', async () => (await import('./image.ts')).image],
]);

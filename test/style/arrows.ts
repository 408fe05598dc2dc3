/**
 * Which room may import which: the arrows of ARCHITECTURE.md. A room is the longest key that a file's path starts with;
 * a file may always import from its own room. `src/errors.ts` and `src/limits.ts` are open to all of `src/`.
 */
export const arrows: Readonly<Record<string, readonly string[]>> = {
  'src/storage/': [],
  'src/geometry/': [],
  'src/raster/': ['src/storage/', 'src/geometry/', 'src/engine/'],
  'src/catalog/': ['src/storage/', 'src/geometry/', 'src/raster/'],
  'src/parcels/': ['src/geometry/', 'src/raster/pixels.ts'],
  'src/engine/': ['src/storage/'],
  'src/cube/': ['src/engine/', 'src/catalog/', 'src/raster/', 'src/parcels/', 'src/geometry/'],
  'src/formats/': ['src/cube/', 'src/raster/', 'src/storage/', 'src/geometry/', 'src/parcels/'],
  'src/processes/': ['src/cube/', 'src/catalog/', 'src/formats/', 'src/parcels/'],
  'src/graph/': ['src/processes/', 'src/cube/'],
  'src/store/': ['src/geometry/', 'src/parcels/', 'src/config.ts'],
  'src/archive/': ['src/store/', 'src/formats/', 'src/storage/'],
  'src/demo/': ['src/raster/', 'src/catalog/', 'src/geometry/', 'src/storage/'],
  'src/extract/': [
    'src/catalog/',
    'src/engine/',
    'src/raster/',
    'src/parcels/',
    'src/store/',
    'src/storage/read-meter.ts',
    'src/geometry/',
  ],
  'src/tiles/': [
    'src/raster/',
    'src/cube/',
    'src/store/',
    'src/parcels/',
    'src/catalog/',
    'src/geometry/',
    'src/storage/',
  ],
  'src/session/': [
    'src/archive/',
    'src/catalog/',
    'src/cube/',
    'src/extract/',
    'src/formats/',
    'src/geometry/',
    'src/graph/',
    'src/parcels/',
    'src/processes/',
    'src/raster/',
    'src/storage/',
    'src/store/',
    'src/tiles/',
    'src/config.ts',
  ],
  'src/accounts/': ['src/store/', 'src/storage/', 'src/config.ts', 'src/settings.ts'],
  'src/jobs/': [
    'src/accounts/',
    'src/catalog/',
    'src/cube/',
    'src/engine/',
    'src/formats/',
    'src/geometry/',
    'src/graph/',
    'src/processes/',
    'src/raster/',
    'src/storage/',
    'src/store/',
    'src/tiles/',
    'src/config.ts',
    'src/settings.ts',
    'src/told-error.ts',
  ],
  'src/api/': ['src/'],
  'src/settings.ts': ['src/errors.ts'],
  'src/settings-page.ts': ['src/settings.ts'],
  'src/errors.ts': [],
  'src/limits.ts': ['src/errors.ts'],
  'src/told-error.ts': ['src/errors.ts'],
  'src/config.ts': ['src/errors.ts', 'src/settings.ts'],
  'src/': ['src/'],
  'kernel/': [],
  'kernel/prelude.ts': ['kernel/', 'src/index.ts', 'widgets/host/'],
  'widgets/shared/': [],
  'widgets/host/': ['widgets/shared/', 'src/index.ts'],
  'widgets/view/': ['widgets/shared/'],
  'widgets/labextension/': ['widgets/view/', 'widgets/shared/'],
  'cli/': ['src/', 'kernel/install.ts', 'kernel/install-place.ts', 'kernel/installed.ts', 'kernel/errors.ts'],
  'start/': ['src/', 'kernel/install.ts', 'kernel/errors.ts'],
};

const openToSource = ['src/errors.ts', 'src/limits.ts'];

/** The room of a file, or undefined for a file outside the house (tests, scripts). */
export function roomOf(file: string): string | undefined {
  return Object.keys(arrows)
    .filter((room) => file.startsWith(room))
    .sort((a, b) => b.length - a.length)[0];
}

/** Whether `from` may import `to`; both are paths from the project's root with `/`. */
export function mayImport(from: string, to: string): boolean {
  const room = roomOf(from);
  if (room === undefined) return true;
  if (roomOf(to) === room) return true;
  if (from.startsWith('src/') && openToSource.includes(to)) return true;
  return (arrows[room] ?? []).some((allowed) => to.startsWith(allowed));
}

import { FileNotFound, InvalidArgument, InvalidFile } from '../errors.ts';
import { openMember } from '../storage/archive-source.ts';
import { openSource } from '../storage/open-source.ts';
import { readWhole } from '../storage/read-json.ts';
import type { ByteSource, ReadOptions } from '../storage/source.ts';
import { readZipIndex } from '../storage/zip-index.ts';
import type { ShapefileParts } from './shapefile.ts';

/** Opens a file that belongs to a shapefile by its ending; undefined when it is not there. */
type OpenPart = (ending: string) => Promise<ByteSource | undefined>;

/** The files of a shapefile whose .shp is open already: those beside it, in either case of letters. */
export async function partsBeside(shp: ByteSource, options: ReadOptions): Promise<ShapefileParts> {
  const stem = shp.url.replace(/\.shp$/i, '');
  const open = async (address: string): Promise<ByteSource | undefined> => {
    try {
      const source = await openSource(address, { ...options, trust: 'user' });
      await source.size(options);
      return source;
    } catch (error) {
      if (error instanceof FileNotFound) return undefined;
      throw error;
    }
  };
  return collect(
    shp,
    async (ending) => (await open(`${stem}.${ending}`)) ?? open(`${stem}.${ending.toUpperCase()}`),
    options,
  );
}

/** The only shapefile of a zip archive, or that named `layer` (without ending). Throws `InvalidArgument`, `InvalidFile`. */
export async function partsInZip(
  archive: ByteSource,
  layer: string | undefined,
  options: ReadOptions,
): Promise<ShapefileParts> {
  const names = (await readZipIndex(archive, options)).map(({ name }) => name);
  // What macOS puts beside each file has the same ending.
  const shapes = names.filter((name) => /\.shp$/i.test(name) && !name.startsWith('__MACOSX/'));
  const layers = shapes.map((name) => name.replace(/^.*\//, '').replace(/\.shp$/i, ''));
  const at = layer === undefined && shapes.length === 1 ? 0 : layers.indexOf(layer ?? '');
  const chosen = shapes[at];
  if (chosen === undefined)
    throw shapes.length === 0
      ? new InvalidFile(
          `${archive.url} holds no shapefile; a file in it is named zip+file://archive.zip!/name, of which it has ${names.slice(0, 5).join(', ')}`,
        )
      : new InvalidArgument(
          `${archive.url} has the layers ${layers.join(', ')}; ${layer === undefined ? 'name one as layer' : `there is no '${layer}'`}`,
        );
  const stem = chosen.slice(0, -3).toLowerCase();
  const open: OpenPart = async (ending) => {
    const name = names.find((candidate) => candidate.toLowerCase() === stem + ending);
    return name === undefined ? undefined : openMember(archive, 'zip', name, options);
  };
  return collect(await openMember(archive, 'zip', chosen, options), open, options);
}

async function collect(shp: ByteSource, open: OpenPart, options: ReadOptions): Promise<ShapefileParts> {
  const bytes = async (ending: string): Promise<Uint8Array | undefined> => {
    const source = await open(ending);
    return source && readWhole(source, options);
  };
  const text = async (ending: string): Promise<string | undefined> => {
    const found = await bytes(ending);
    return found && new TextDecoder().decode(found);
  };
  return {
    shp: await readWhole(shp, options),
    dbf: await bytes('dbf'),
    prj: await text('prj'),
    cpg: await text('cpg'),
  };
}

import { Type } from 'typebox';
import { bandOf } from '../../catalog/band-name.ts';
import { FileNotFound, NotFound } from '../../errors.ts';
import type { Area } from '../../geometry/polygon.ts';
import { openSource } from '../../storage/open-source.ts';
import { readWhole } from '../../storage/read-json.ts';
import { parcelRows } from '../../store/parcel-rows.ts';
import { backgroundTiles } from '../../tiles/background.ts';
import type { App } from '../app.ts';
import { storeOfOwner } from '../caller-store.ts';
import type { Doors } from '../doors.ts';
import type { Pictures } from '../images/pictures.ts';
import { backgroundOf } from './backgrounds.ts';
import { type BackgroundLink, type ChipLink, openPictureLink, pictureAt } from './picture-links.ts';

/** Tiles of a map server fetched side by side. */
const atOnce = 6;

/** What signed links to chips and backgrounds lead to: the picture is made now. */
export function pictureRoute(app: App, doors: Doors, { work, images }: Pictures): void {
  app.get(
    `${pictureAt}/:token/:name`,
    {
      config: { access: 'open' },
      schema: {
        tags: ['checks by monitoring'],
        summary: 'A chip or background picture by its signed link',
        operationId: 'signedPicture',
        params: Type.Object({ token: Type.String(), name: Type.String() }),
        produces: ['image/tiff', 'image/png'],
        response: { 200: Type.Unsafe<unknown>({ type: 'string', format: 'binary' }) },
      },
    },
    async ({ params, signal }, reply) => {
      const { owner, picture } = await openPictureLink(doors, params.token, { signal });
      const bytes =
        picture.kind === 'chip' ? await chip(picture, signal) : await background(picture, owner, signal);
      const tiff = picture.kind === 'chip' ? picture.percentiles === undefined : picture.format === 'tif';
      return reply
        .type(tiff ? 'image/tiff' : 'image/png')
        .header('cache-control', 'private, max-age=600')
        .send(Buffer.from(bytes));
    },
  );

  async function chip(link: ChipLink, signal: AbortSignal): Promise<Uint8Array> {
    const { collection, item: id, bands, lon, lat, metres, percentiles } = link;
    const item = await images.item(collection, id, { signal });
    const assets = bands.map((name) => bandOf(item, name));
    const [band] = assets;
    const place = { lon, lat, size: metres };
    if (percentiles !== undefined)
      return await work.run('pictureChip', { bands: assets, place, percentiles }, { signal });
    if (band === undefined) throw new NotFound('there is nothing at this address');
    return await work.run('rawChip', { band, place }, { signal });
  }

  async function background(link: BackgroundLink, owner: string, signal: AbortSignal): Promise<Uint8Array> {
    const { source, format, parcel, ...place } = link;
    const { template } = backgroundOf(source);
    const range = backgroundTiles(place);
    const addresses = Array.from({ length: range.across * range.down }, (_, i) =>
      template
        .replaceAll('{z}', String(range.z))
        .replaceAll('{x}', String(range.x + (i % range.across)))
        .replaceAll('{y}', String(range.y + Math.floor(i / range.across))),
    );
    const tiles: (Uint8Array | undefined)[] = new Array(addresses.length);
    let next = 0;
    const fetchNext = async (): Promise<void> => {
      for (let i = next++; i < addresses.length; i = next++)
        tiles[i] = await tileOf(addresses[i] ?? '', signal);
    };
    await Promise.all(Array.from({ length: atOnce }, fetchNext));
    const outline = parcel === undefined ? undefined : await outlineOf(parcel, owner, signal);
    return await work.run('background', { place, tiles, format, outline }, { signal });
  }

  async function outlineOf(
    { dataset, pid }: { readonly dataset: number; readonly pid: number },
    owner: string,
    signal: AbortSignal,
  ): Promise<Area | undefined> {
    const store = storeOfOwner(doors, owner);
    return (await parcelRows(store, { dataset, pids: [pid], most: 1, signal }))[0]?.geometry;
  }
}

/** A tile of a source that the administrator named; undefined where the source has none. */
async function tileOf(address: string, signal: AbortSignal): Promise<Uint8Array | undefined> {
  try {
    return Uint8Array.from(await readWhole(await openSource(address, { trust: 'user', signal }), { signal }));
  } catch (error) {
    if (error instanceof FileNotFound) return undefined;
    throw error;
  }
}

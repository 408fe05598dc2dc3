import { Type } from 'typebox';
import type { Item } from '../../catalog/item.ts';
import { itemVersion } from '../../catalog/item-version.ts';
import { encodePng } from '../../raster/encode-png.ts';
import type { App } from '../app.ts';
import type { Doors } from '../doors.ts';
import type { ImageWork, TilePicture } from '../images/image-pool.ts';
import type { PublishedImages } from '../images/published-images.ts';
import { anyObject } from '../openapi.ts';
import { isFresh } from './fresh.ts';
import { type StyleQuery, styleOf, styleParameters } from './image-style.ts';
import { tileAddress, tileAt } from './tile-parameters.ts';

const config = { access: 'parcels' } as const;
const tags = ['tiles'];
const imagePath = {
  collection: Type.String({ minLength: 1, maxLength: 500 }),
  item: Type.String({ minLength: 1, maxLength: 500 }),
};

/** Versions of items are made of all their files: once each. */
const versions = new WeakMap<Item, string>();

function pictureOf(item: Item, query: StyleQuery): TilePicture {
  const version = versions.get(item) ?? itemVersion(item);
  versions.set(item, version);
  const style = styleOf(query);
  // Whatever else a catalog says of an item need not go to the worker.
  return { key: JSON.stringify([item.id, version, style]), item: { ...item, properties: {} }, style };
}

/** Web mercator tiles of published images, drawn by workers. */
export function imageTileRoutes(app: App, doors: Doors, images: PublishedImages, work: ImageWork): void {
  app.get(
    '/tiles/images/:collection/:item/tile.json',
    {
      config,
      schema: {
        tags,
        summary: 'Tiles of an image as TileJSON 3.0, for map programs',
        operationId: 'imageTileJson',
        params: Type.Object(imagePath),
        querystring: Type.Object(styleParameters),
        response: { 200: anyObject },
      },
    },
    async (request) => {
      const { params, query, signal, url } = request;
      const item = await images.item(params.collection, params.item, { signal });
      const { bounds, maxZoom, scale } = await work.run('facts', pictureOf(item, query), { signal });
      const path = [params.collection, params.item].map(encodeURIComponent).join('/');
      return {
        tilejson: '3.0.0',
        name: item.id,
        tiles: [`${doors.address()}/tiles/images/${path}/{z}/{x}/{y}.png${new URL(url, 'http://x').search}`],
        minzoom: 0,
        maxzoom: maxZoom,
        bounds,
        ...(scale === undefined ? {} : { scale }),
      };
    },
  );

  app.get(
    '/tiles/images/:collection/:item/:z/:x/:y(^\\d+).png',
    {
      config,
      schema: {
        tags,
        summary: 'One tile of an image as PNG',
        operationId: 'imageTile',
        params: Type.Object({ ...imagePath, ...tileAddress }),
        querystring: Type.Object(styleParameters),
        produces: ['image/png'],
        response: {
          200: Type.Unsafe<unknown>({ type: 'string', format: 'binary' }),
          304: Type.Null({ description: 'The client has it.' }),
        },
      },
    },
    async (request, reply) => {
      const { params, query, signal } = request;
      const at = tileAt(params);
      const item = await images.item(params.collection, params.item, { signal });
      const picture = pictureOf(item, query);
      if (isFresh(request, reply, ['image', picture.key, ...at])) return reply;
      const tile = await work.run('tile', { ...picture, at }, { signal });
      return reply.type('image/png').send(Buffer.from(tile ?? transparent(query.size ?? 256)));
    },
  );
}

const blanks = new Map<number, Uint8Array>();

/** What map programs show where an image has nothing. */
function transparent(size: number): Uint8Array {
  const known = blanks.get(size);
  if (known !== undefined) return known;
  const made = encodePng({ width: size, height: size, data: new Uint8Array(size * size * 4) }, { level: 9 });
  blanks.set(size, made);
  return made;
}

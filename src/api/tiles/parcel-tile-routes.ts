import { Type } from 'typebox';
import { transformBBox } from '../../geometry/crs.ts';
import { gridBounds } from '../../geometry/grid.ts';
import { limit } from '../../limits.ts';
import { datasetNamed } from '../../store/dataset-named.ts';
import { datasetBounds } from '../../store/parcel-rows.ts';
import { type BoxParcel, parcelsInBox } from '../../store/parcels-in-box.ts';
import { parcelTileLayer, parcelTileMaxZoom } from '../../tiles/parcel-tiles.ts';
import { tileGrid } from '../../tiles/tile-grid.ts';
import type { App } from '../app.ts';
import { callerStore } from '../caller-store.ts';
import type { Doors } from '../doors.ts';
import type { ImageWork, PackedParcels } from '../images/image-pool.ts';
import { anyObject } from '../openapi.ts';
import { datasetPath } from '../parcels/dataset-routes.ts';
import { isFresh } from './fresh.ts';
import { tileAddress, tileAt } from './tile-parameters.ts';

const config = { access: 'parcels' } as const;
const tags = ['tiles'];
const mvt = 'application/vnd.mapbox-vector-tile';
/** A tile reaches beyond its sides by 64 of 4096 units, and leaves out what is smaller than 3 (`parcel-tiles.ts`). */
const reach = 64 / 4096;
const smallest = 3 / 4096;

/** Vector tiles of a dataset's parcels, each read by the spatial index and cut by a worker. */
export function parcelTileRoutes(app: App, doors: Doors, work: ImageWork): void {
  app.get(
    '/tiles/parcels/:dataset/tile.json',
    {
      config,
      schema: {
        tags,
        summary: 'Parcel tiles as TileJSON 3.0, for map programs',
        operationId: 'parcelTileJson',
        params: datasetPath,
        response: { 200: anyObject },
      },
    },
    async (request) => {
      const store = callerStore(doors, request);
      const { id, name } = await datasetNamed(store, request.params.dataset, { signal: request.signal });
      const bounds = await datasetBounds(store, id, { signal: request.signal });
      return {
        tilejson: '3.0.0',
        name,
        tiles: [`${doors.address()}/tiles/parcels/${encodeURIComponent(name)}/{z}/{x}/{y}.mvt`],
        minzoom: 0,
        maxzoom: parcelTileMaxZoom,
        bounds: bounds ?? [-180, -85, 180, 85],
        vector_layers: [{ id: parcelTileLayer, fields: { pid: 'Number', label: 'String', crop: 'String' } }],
      };
    },
  );

  app.get(
    '/tiles/parcels/:dataset/:z/:x/:y(^\\d+).mvt',
    {
      config,
      schema: {
        tags,
        summary: 'One vector tile of parcels (MVT 2.1, layer parcels)',
        operationId: 'parcelTile',
        params: Type.Object({ ...datasetPath.properties, ...tileAddress }),
        produces: [mvt],
        response: {
          200: Type.Unsafe<unknown>({ type: 'string', format: 'binary' }),
          304: Type.Null({ description: 'The client has it.' }),
        },
      },
    },
    async (request, reply) => {
      const { signal, params } = request;
      const at = tileAt(params);
      const [z, x, y] = at;
      const store = callerStore(doors, request);
      const { id, fingerprint } = await datasetNamed(store, params.dataset, { signal });
      if (isFresh(request, reply, ['parcels', id, fingerprint, z, x, y])) return reply;
      const [west, south, east, north] = transformBBox(
        gridBounds(tileGrid(z, x, y, 256)),
        'EPSG:3857',
        'OGC:CRS84',
      );
      const [width, height] = [east - west, north - south];
      const found = await parcelsInBox(store, {
        dataset: id,
        box: [west - width * reach, south - height * reach, east + width * reach, north + height * reach],
        smallest: [width * smallest, height * smallest],
        most: limit('tileParcels'),
        signal,
      });
      const tile =
        found.length === 0
          ? undefined
          : await work.run('parcels', { parcels: packed(found), at }, { signal });
      reply.type(mvt);
      return reply.send(Buffer.from(tile ?? new Uint8Array(0)));
    },
  );
}

/** Outlines in one piece of memory: a buffer of the database client is a view of many, all of which would be sent. */
function packed(found: readonly BoxParcel[]): PackedParcels {
  const ends = new Int32Array(found.length);
  let end = 0;
  for (const [i, { geom }] of found.entries()) ends[i] = end += geom.length;
  const wkb = new Uint8Array(end);
  for (const [i, { geom }] of found.entries()) wkb.set(geom, (ends[i] ?? 0) - geom.length);
  return {
    pids: Float64Array.from(found, ({ pid }) => pid),
    labels: found.map(({ label }) => label),
    crops: found.map(({ crop }) => crop),
    ends,
    wkb,
  };
}

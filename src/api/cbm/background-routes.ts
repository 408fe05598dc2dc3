import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { callerOf } from '../access.ts';
import type { App } from '../app.ts';
import type { Doors } from '../doors.ts';
import { backgroundOf } from './backgrounds.ts';
import { escaped, parcelPlace } from './chip-routes.ts';
import { flag, isSet, parcelParameters, placeParameters } from './parameters.ts';
import { type BackgroundLink, pictureLink } from './picture-links.ts';

const config = { access: 'parcels' } as const;
const options = {
  chipsize: Type.Optional(
    Type.Integer({ minimum: 16, maximum: 1024, description: 'Pixels along a side; 256 when left out.' }),
  ),
  extend: Type.Optional(
    Type.Number({ minimum: 1, maximum: 100_000, description: 'Metres along a side; 256 when left out.' }),
  ),
  tms: Type.Optional(
    Type.String({ maxLength: 100, description: 'A source that the server has; its first when left out.' }),
  ),
  iformat: Type.Optional(Type.Unsafe<'png' | 'tif'>({ type: 'string', enum: ['png', 'tif'] })),
  raw: flag('The address alone in place of a page.'),
};
const schema = {
  tags: ['checks by monitoring'],
  produces: ['text/html', 'text/plain'],
  response: { 200: Type.String() },
};

interface PictureQuery {
  readonly chipsize?: number | undefined;
  readonly extend?: number | undefined;
  readonly tms?: string | undefined;
  readonly iformat?: 'png' | 'tif' | undefined;
  readonly raw?: string | undefined;
}

/** Background pictures from the sources that the administrator named: a page, or the address of the picture as text. */
export function backgroundRoutes(app: App, doors: Doors): void {
  app.get(
    '/query/backgroundByLocation',
    {
      config,
      schema: {
        ...schema,
        summary: 'A background picture around a place',
        operationId: 'backgroundByLocation',
        querystring: Type.Object({ ...placeParameters, ...options }),
      },
    },
    async (request, reply) => answer(request, reply, request.query, request.query),
  );

  app.get(
    '/query/backgroundByParcelID',
    {
      config,
      schema: {
        ...schema,
        summary: 'The same around a parcel',
        operationId: 'backgroundByParcelID',
        querystring: Type.Object({
          ...parcelParameters,
          ...options,
          withGeometry: flag('Draws the outline.'),
        }),
      },
    },
    async (request, reply) => {
      const { aoi, year, ptype, pid, withGeometry, ...query } = request.query;
      const named = {
        year,
        pid,
        ...(aoi === undefined ? {} : { aoi }),
        ...(ptype === undefined ? {} : { ptype }),
      };
      const { lon, lat, ...parcel } = await parcelPlace(doors, request, named);
      return answer(request, reply, query, { lon, lat, ...(isSet(withGeometry) ? { parcel } : {}) });
    },
  );

  function answer(
    request: FastifyRequest,
    reply: FastifyReply,
    { chipsize = 256, extend = 256, tms, iformat = 'png', raw }: PictureQuery,
    place: Pick<BackgroundLink, 'lon' | 'lat' | 'parcel'>,
  ): FastifyReply {
    const { name } = backgroundOf(tms || undefined);
    const { lon, lat, parcel } = place;
    const link: BackgroundLink = {
      kind: 'background',
      source: name,
      lon,
      lat,
      pixels: chipsize,
      metres: extend,
      format: iformat,
      ...(parcel === undefined ? {} : { parcel }),
    };
    const path = pictureLink(doors, callerOf(request).name, link, `${name}.${iformat}`);
    // The client asks for this text as it stands.
    const address = `${doors.address()}${path}`;
    if (iformat === 'tif' || isSet(raw)) return reply.type('text/plain; charset=utf-8').send(address);
    return reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', `default-src 'none'; img-src 'self'`)
      .send(
        `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escaped(name)}</title></head><body><img src="..${escaped(path)}" width="${chipsize}" height="${chipsize}" alt=""></body></html>`,
      );
  }
}

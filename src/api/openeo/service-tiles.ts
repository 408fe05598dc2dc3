import { Type } from 'typebox';
import { NotFound, ServiceNotFound } from '../../errors.ts';
import { getService } from '../../jobs/services.ts';
import type { App } from '../app.ts';
import type { Doors } from '../doors.ts';
import { openedLink } from '../opened-link.ts';
import { signedTarget } from './signed-links.ts';

const whole = (most: number) => Type.Integer({ minimum: 0, maximum: most });

/** Tiles of services by signed addresses, computed in the name of the service's owner; none once it is disabled or deleted. */
export function serviceTileRoutes(app: App, doors: Doors): void {
  const { store, runner } = doors;
  app.get(
    '/signed/:token/:z/:x/:y',
    {
      config: { access: 'open' },
      schema: {
        tags: ['signed links'],
        summary: 'A map tile of a service',
        params: Type.Object({
          token: Type.String({ maxLength: 4096 }),
          z: whole(24),
          x: whole(2 ** 24),
          y: whole(2 ** 24),
        }),
        produces: ['image/png'],
        response: { 200: Type.Unknown({ description: 'PNG, transparent where there is nothing.' }) },
      },
    },
    async (request, reply) => {
      const { token, z, x, y } = request.params;
      const { signal } = request;
      const { what, owner } = await openedLink(doors, token, { signal });
      const target = signedTarget(what);
      if (target?.kind !== 'service') throw new NotFound('there is nothing at this address');
      const caller = { name: owner };
      const { process, configuration, enabled } = await getService(store, caller, target.service, { signal });
      if (!enabled) throw new ServiceNotFound(`service '${target.service}' is switched off`);
      const png = await runner.tile({ process, configuration, z, x, y }, { caller, signal });
      return reply
        .type('image/png')
        .header('cache-control', 'private, max-age=300')
        .send(Buffer.from(png.buffer, png.byteOffset, png.byteLength));
    },
  );
}

import type { FastifyError } from 'fastify';
import type { App } from '../app.ts';
import type { Doors } from '../doors.ts';
import { picturesOf } from '../images/pictures.ts';
import { backgroundRoutes } from './background-routes.ts';
import { chipRoutes } from './chip-routes.ts';
import { infoRoute } from './info-route.ts';
import { oldForms } from './parameters.ts';
import { parcelRoutes } from './parcel-routes.ts';
import { pictureRoute } from './picture-route.ts';
import { seriesRoutes } from './series-routes.ts';

/** Failures that clients of the old service know as such. */
const told: ReadonlySet<string> = new Set([
  'AuthenticationRequired',
  'CredentialsInvalid',
  'TokenInvalid',
  'PermissionsInsufficient',
  'TooManyRequests',
]);

/**
 * The service of checks by monitoring as the JRC's clients ask it: paths, parameters and the keys of the answers. Where the
 * setting `cbmCompat` is on, errors are empty objects.
 */
export async function cbmRoutes(app: App, doors: Doors): Promise<void> {
  const pictures = picturesOf(app, doors);
  await app.register(async (scope: App) => {
    if (oldForms())
      scope.setErrorHandler<FastifyError>((error, _request, reply) => {
        if (told.has(error.code)) throw error;
        return reply.code(200).type('application/json').send({});
      });
    infoRoute(scope, doors);
    parcelRoutes(scope, doors);
    seriesRoutes(scope, doors);
    chipRoutes(scope, doors, pictures.images);
    backgroundRoutes(scope, doors);
    pictureRoute(scope, doors, pictures);
  });
}

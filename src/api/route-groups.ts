import type { App } from './app.ts';
import { cbmRoutes } from './cbm/cbm-routes.ts';
import type { Doors } from './doors.ts';
import { homeRoute } from './home.ts';
import { accountRoutes } from './openeo/account.ts';
import { capabilityRoutes } from './openeo/capabilities.ts';
import { collectionRoutes } from './openeo/collections.ts';
import { discoveryRoutes } from './openeo/discovery.ts';
import { jobRunRoutes } from './openeo/job-runs.ts';
import { jobRoutes } from './openeo/jobs.ts';
import { logsSocketRoutes } from './openeo/logs-socket.ts';
import { resultRoutes } from './openeo/result.ts';
import { serviceTileRoutes } from './openeo/service-tiles.ts';
import { serviceRoutes } from './openeo/services.ts';
import { signedRoutes } from './openeo/signed-routes.ts';
import { validationRoutes } from './openeo/validation.ts';
import { ownParcelRoutes } from './parcels/own-routes.ts';
import { tileRoutes } from './tiles/tile-routes.ts';

/** Routes that belong together, added to a server. */
export type RouteGroup = (app: App, doors: Doors) => void | Promise<void>;

/** All route groups of the server, in the order of its description. */
export const routeGroups: readonly RouteGroup[] = [
  homeRoute,
  capabilityRoutes,
  discoveryRoutes,
  collectionRoutes,
  accountRoutes,
  validationRoutes,
  resultRoutes,
  jobRoutes,
  jobRunRoutes,
  logsSocketRoutes,
  serviceRoutes,
  signedRoutes,
  serviceTileRoutes,
  cbmRoutes,
  ownParcelRoutes,
  tileRoutes,
];

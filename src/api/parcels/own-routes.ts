import type { App } from '../app.ts';
import type { Doors } from '../doors.ts';
import { datasetRoutes } from './dataset-routes.ts';
import { parcelSeriesRoute } from './series-route.ts';
import { statisticsRoute } from './statistics-route.ts';

/** Datasets, parcels, seasons and statistics below `/parcels`. */
export function ownParcelRoutes(app: App, doors: Doors): void {
  datasetRoutes(app, doors);
  parcelSeriesRoute(app, doors);
  statisticsRoute(app, doors);
}

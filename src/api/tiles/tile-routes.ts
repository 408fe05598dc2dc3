import type { App } from '../app.ts';
import type { Doors } from '../doors.ts';
import { picturesOf } from '../images/pictures.ts';
import { imageTileRoutes } from './image-tile-routes.ts';
import { parcelTileRoutes } from './parcel-tile-routes.ts';

/** Tiles of parcels and of published images below `/tiles`. */
export function tileRoutes(app: App, doors: Doors): void {
  const { work, images } = picturesOf(app, doors);
  parcelTileRoutes(app, doors, work);
  imageTileRoutes(app, doors, images, work);
}

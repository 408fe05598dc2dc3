import type { App } from '../app.ts';
import type { Doors } from '../doors.ts';
import { type ImageWork, openImageWork } from './image-pool.ts';
import { type PublishedImages, publishedImages } from './published-images.ts';

/** What draws pictures, and of which images. */
export interface Pictures {
  readonly work: ImageWork;
  readonly images: PublishedImages;
}

const opened = new WeakMap<Doors, Pictures>();

/** The one of a server, for all its route groups; its threads end with the server. */
export function picturesOf(app: App, doors: Doors): Pictures {
  const known = opened.get(doors);
  if (known !== undefined) return known;
  const made = { work: openImageWork(), images: publishedImages(doors) };
  opened.set(doors, made);
  app.addHook('onClose', () => made.work.close());
  return made;
}

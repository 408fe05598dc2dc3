import { NotFound } from '../../errors.ts';
import type { Doors } from '../doors.ts';
import { openedLink } from '../opened-link.ts';

/** A chip as its link names it: a band as GeoTIFF, or one band or three as PNG between two percentiles. */
export interface ChipLink {
  readonly kind: 'chip';
  readonly collection: string;
  readonly item: string;
  readonly bands: readonly string[];
  readonly lon: number;
  readonly lat: number;
  readonly metres: number;
  /** Left out for a GeoTIFF. */
  readonly percentiles?: readonly [number, number] | undefined;
}

/** A background picture as its link names it. */
export interface BackgroundLink {
  readonly kind: 'background';
  readonly source: string;
  readonly lon: number;
  readonly lat: number;
  readonly pixels: number;
  readonly metres: number;
  readonly format: 'png' | 'tif';
  /** Whose outline is drawn. */
  readonly parcel?: { readonly dataset: number; readonly pid: number } | undefined;
}

type PictureLink = ChipLink | BackgroundLink;

/** Links hold for one to two hours: within an hour the same picture has the same link, by which clients know it again. */
const hourMs = 3_600_000;

/** Where links lead: a token, then the name under which a client keeps the file. */
export const pictureAt = '/signed/pictures';

/**
 * A link to a picture that is made when it is fetched, without credentials, for an hour or two: the signature is a segment of the path, as
 * clients take what follows the last `/` for the file's name.
 */
export function pictureLink(doors: Doors, owner: string, picture: PictureLink, name: string): string {
  const expires = new Date((Math.floor(doors.clock().getTime() / hourMs) + 2) * hourMs);
  const token = doors.signer.sign({ what: `picture/${JSON.stringify(picture)}`, owner, expires });
  return `${pictureAt}/${token}/${name.replaceAll(/[^\w.-]/g, '_')}`;
}

/** What a link of `pictureLink` stands for. Throws `NotFound` for another one, `ResultLinkExpired`. */
export async function openPictureLink(
  doors: Doors,
  token: string,
  options: { readonly signal: AbortSignal },
): Promise<{ readonly owner: string; readonly picture: PictureLink }> {
  const { what, owner } = await openedLink(doors, token, options);
  // Links to other things are signed by the same secret.
  if (!what.startsWith('picture/')) throw new NotFound('there is nothing at this address');
  return { owner, picture: JSON.parse(what.slice('picture/'.length)) as PictureLink };
}

import type { Doors } from '../doors.ts';
import type { SignedThing } from '../links.ts';

interface OfJob {
  readonly owner: string;
  readonly job: string;
  readonly expires: Date;
}

type Signing = Pick<Doors, 'address' | 'signer'>;

/** What a signed link of this API opens, by the kind that its `what` begins with. */
export type SignedTarget =
  | { readonly kind: 'job-file'; readonly job: string; readonly name: string }
  | { readonly kind: 'job-results'; readonly job: string }
  | { readonly kind: 'job-log'; readonly job: string }
  | { readonly kind: 'service'; readonly service: string };

/** Address of one file of a job's results. */
export function signedFile(
  doors: Signing,
  { owner, job, name, expires }: OfJob & { readonly name: string },
): string {
  return signedAddress(doors, { what: `job-file/${job}/${name}`, owner, expires }, encodeURIComponent(name));
}

/** Address of the document that describes a job's results. */
export function signedResults(doors: Signing, { owner, job, expires }: OfJob): string {
  return signedAddress(doors, { what: `job-results/${job}`, owner, expires }, 'results.json');
}

/** Template of the tiles of a service, with `{z}/{x}/{y}` for its users to fill in. */
export function signedTiles(
  doors: Signing,
  { owner, service, expires }: { readonly owner: string; readonly service: string; readonly expires: Date },
): string {
  return signedAddress(doors, { what: `service/${service}`, owner, expires }, '{z}/{x}/{y}');
}

function signedAddress({ address, signer }: Signing, thing: SignedThing, name: string): string {
  return `${address()}/signed/${signer.sign(thing)}/${name}`;
}

/** What `what` of a signed link means; undefined for things of other rooms. */
export function signedTarget(what: string): SignedTarget | undefined {
  const [kind, id, name, ...more] = what.split('/');
  if (id === undefined || more.length > 0) return undefined;
  if (kind === 'job-file' && name !== undefined) return { kind, job: id, name };
  if (name !== undefined) return undefined;
  if (kind === 'job-results' || kind === 'job-log') return { kind, job: id };
  return kind === 'service' ? { kind, service: id } : undefined;
}

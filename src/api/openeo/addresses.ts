import { Type } from 'typebox';
import { type Doors, openeoPrefix } from '../doors.ts';

/** A link as the openEO API and STAC write it. */
export interface Link {
  readonly rel: string;
  readonly href: string;
  readonly type?: string;
  readonly title?: string;
}

export const linkSchema = Type.Object({
  rel: Type.String(),
  href: Type.String(),
  type: Type.Optional(Type.String()),
  title: Type.Optional(Type.String()),
});

/** Absolute address of a path of the openEO API (`/jobs/1`) on this server. */
export function openeoAddress({ address }: Pick<Doors, 'address'>, path: string): string {
  return `${address()}${openeoPrefix}${path}`;
}

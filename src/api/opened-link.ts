import { NotFound } from '../errors.ts';
import type { Doors } from './doors.ts';
import type { SignedThing } from './links.ts';

/**
 * What a signed link stands for. It opens things in the name of its owner, and so nothing once that account is disabled or removed.
 * Throws `NotFound`, `ResultLinkExpired`.
 */
export async function openedLink(
  { signer, accounts }: Pick<Doors, 'signer' | 'accounts'>,
  token: string,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<SignedThing> {
  const thing = signer.open(token);
  if (accounts !== undefined && !(await accounts.isEnabled(thing.owner, options)))
    throw new NotFound('there is nothing at this address');
  return thing;
}

import type { FastifyRequest } from 'fastify';
import type { Store } from '../store/store.ts';
import { storeFor } from '../store/store-for.ts';
import { callerOf } from './access.ts';
import type { Doors } from './doors.ts';

/** The store as who asks may see it: row-level security decides. Without accounts there is one person, who sees all of it. */
export function callerStore(doors: Doors, request: FastifyRequest): Store {
  return storeOfOwner(doors, callerOf(request).name);
}

/** The same for who is named in a signed link. */
export function storeOfOwner({ store, accounts }: Doors, owner: string): Store {
  return accounts ? storeFor(store, owner) : store;
}

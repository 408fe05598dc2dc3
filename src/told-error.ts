import { FurrowError, StoreFailure, StoreUnavailable, UnexpectedFailure } from './errors.ts';

/** What a caller of a server is told of an error. */
export interface ToldError {
  readonly code: string;
  readonly message: string;
}

/**
 * Of our own errors all. Of the store's only their kind, where they repeat words of the database: these name tables, roles and hosts.
 * Of all others nothing, and undefined says so. `whole` is false where the log of the server should have what was left out.
 */
export function toldError(error: unknown): (ToldError & { readonly whole: boolean }) | undefined {
  if (!(error instanceof FurrowError) || error instanceof UnexpectedFailure) return undefined;
  const { code, message, cause } = error;
  if (cause !== undefined && error instanceof StoreUnavailable)
    return { code, message: 'the store does not answer; trying again later may work', whole: false };
  if (cause !== undefined && error instanceof StoreFailure)
    return {
      code,
      message: 'the store refused what was asked of it; the log of the server tells why under this id',
      whole: false,
    };
  return { code, message, whole: true };
}

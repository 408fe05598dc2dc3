import { DatabaseError } from 'pg';
import { FurrowError, InvalidArgument, StoreFailure, StoreUnavailable } from '../errors.ts';

/** SQLSTATE classes that say the connection or the server is gone, or never let us in (PostgreSQL manual, appendix A). */
const connectionClasses = new Set(['08', '28', '3D', '53', '57']);

/** The transaction stood still, or took too long: the connection is gone with it. */
const thrownOut = new Set(['25P03', '25P04']);

/** PostgreSQL's texts hold no U+0000, neither plain nor escaped in JSON: whoever sent one sent what cannot be stored or found. */
const unstorable = new Set(['22021', '22P05']);

/** A typed error for whatever `pg` threw while doing `what`; our own errors pass as they are. Never shows bound values. */
export function storeError(error: unknown, what: string): FurrowError {
  if (error instanceof FurrowError) return error;
  if (error instanceof DatabaseError) {
    const code = error.code ?? '';
    if (unstorable.has(code))
      return new InvalidArgument(`${what}: no text may hold the character U+0000`, { cause: error });
    const text = [error.message, error.detail, error.hint].filter(Boolean).join('. ');
    if ((connectionClasses.has(code.slice(0, 2)) && code !== '57014') || thrownOut.has(code))
      return new StoreUnavailable(`${what}: ${text}`, { cause: error });
    if (code === '42501')
      return new StoreFailure(
        `${what}: you have no right to do this; what it would change is somebody else's, or was granted to you for reading only (${text}, SQLSTATE 42501)`,
        { cause: error },
      );
    return new StoreFailure(`${what}: ${text} (SQLSTATE ${code || 'unknown'})`, { cause: error });
  }
  const reason = error instanceof Error ? error.message || error.name : String(error);
  return new StoreUnavailable(`${what}: no connection to the store (${reason})`, { cause: error });
}

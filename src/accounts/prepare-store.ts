import { escapeLiteral } from 'pg';
import { InvalidArgument } from '../errors.ts';
import { type MigrateOptions, migrate } from '../store/migrate.ts';
import { type Administrator, urlFor } from './administrator.ts';
import { scramVerifier } from './scram-verifier.ts';

export interface PreparedStore {
  /** The migrations that were applied now. */
  readonly migrations: readonly number[];
  /** The service's address, without its password. */
  readonly url: string;
}

/**
 * Makes a database ready for a server with accounts: applies the migrations, and lets furrow_service log in with that password. May be
 * repeated. Throws `InvalidArgument` for a password that is no 16 to 256 printable ASCII characters, `StoreFailure`.
 */
export async function prepareStore(
  { store, url }: Administrator,
  password: string,
  options: MigrateOptions = {},
): Promise<PreparedStore> {
  if (!/^[\x21-\x7e]{16,256}$/.test(password))
    throw new InvalidArgument(
      'FURROW_SERVICE_PASSWORD needs 16 to 256 printable ASCII characters, no blanks',
    );
  const verifier = await scramVerifier(password);
  const migrations = await migrate(store, options);
  await store.transaction(async (queryable) => {
    await queryable.query(`alter role furrow_service login password ${escapeLiteral(verifier)}`);
    // Who makes roles for accounts also reads and writes their rows, as the service.
    await queryable.query(`
      do $$
        begin
          if not pg_has_role(current_user, 'furrow_service', 'member') then
            execute format('grant furrow_service to %I', current_user);
          end if;
        end
      $$`);
    await queryable.query(`
      do $$ begin execute format('grant connect on database %I to furrow_service, furrow_user', current_database()); end $$`);
  }, options);
  return { migrations, url: urlFor(url, 'furrow_service', undefined) };
}

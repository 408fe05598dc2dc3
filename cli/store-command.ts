import { prepareStore } from '../src/accounts/prepare-store.ts';
import { InvalidArgument } from '../src/errors.ts';
import { setting } from '../src/settings.ts';
import { type Action, asAdministrator, runAction } from './account-store.ts';
import { printFacts, wantsJson } from './print-rows.ts';
import { flag, readArguments } from './read-arguments.ts';
import type { SeasonCommand } from './season-command.ts';

const prepare: Action = async (argv, signal) => {
  const { values } = readArguments('store', argv, { json: flag }, []);
  const password = setting('servicePassword');
  if (password === undefined)
    throw new InvalidArgument(
      'FURROW_SERVICE_PASSWORD is missing: the password that furrow_service shall have',
    );
  const { url, migrations } = await asAdministrator(
    (administrator) =>
      prepareStore(administrator, password, {
        signal,
        onProgress: ({ message }) => console.error(`furrow store: ${message}`),
      }),
    signal,
  );
  printFacts(
    { url, migrations },
    () => [
      ['address', url],
      ['migrations applied', String(migrations.length)],
    ],
    wantsJson(values),
  );
  return 0;
};

export const storeCommand: SeasonCommand = {
  usage: ['store prepare', 'make a PostgreSQL ready for a server with accounts'],
  help: `furrow store prepare [--json]

Makes the PostgreSQL with PostGIS that FURROW_STORE names, with an administrator's role, ready for a server with accounts: tables and
roles are made or brought up to date, and the role furrow_service logs in with the password FURROW_SERVICE_PASSWORD from then on. Prints
the address that the server takes as FURROW_STORE, without that password. May be repeated.`,
  run: (argv, signal) => runAction('store', { prepare }, argv, signal),
};

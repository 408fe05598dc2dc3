import { grantDataset, listGrants, revokeGrant } from '../src/accounts/grants.ts';
import { checkAccountStore } from '../src/accounts/users.ts';
import { readConfig } from '../src/config.ts';
import { InvalidArgument } from '../src/errors.ts';
import { sharedStore } from '../src/session/shared-store.ts';
import { printFacts, printRows, wantsJson } from './print-rows.ts';
import { flag, readArguments, text } from './read-arguments.ts';
import type { SeasonCommand } from './season-command.ts';

export const grantCommand: SeasonCommand = {
  usage: ['grant [DATASET]', 'who may read and write datasets of the store'],
  help: `furrow grant [DATASET] [options]

Shows who may read and write a dataset, or all datasets, and grants it to others. FURROW_STORE names a PostgreSQL: with the role of
the dataset's owner, of furrow_service or of an administrator.

  DATASET       a dataset of the store (NAME, or OWNER/NAME)
  --to NAME     an account, group:GROUP, or public for everybody: may read the dataset from now on
  --write       and write it: extract, retry, archive
  --revoke      takes back what was granted to --to
  --json        one JSON object a line (also where the output is no terminal)`,
  async run(argv, signal) {
    const options = { to: text, write: flag, revoke: flag, json: flag };
    const { values, positionals } = readArguments('grant', argv, options, ['DATASET']);
    const [dataset] = positionals;
    const { to } = values;
    if (values.write && values.revoke) throw new InvalidArgument('--write and --revoke: only one of them');
    if ((dataset === undefined && to !== undefined) || (to === undefined && (values.write || values.revoke)))
      throw new InvalidArgument('furrow grant DATASET --to NAME; furrow grant --help');
    checkAccountStore({ kind: readConfig().storeUrl === undefined ? 'embedded' : 'postgres' });
    const store = await sharedStore();
    if (dataset === undefined || to === undefined) {
      printRows(await listGrants(store, dataset, { signal }), wantsJson(values), 'there is no dataset');
      return 0;
    }
    const access = values.revoke ? 'none' : values.write ? 'write' : 'read';
    if (access === 'none') await revokeGrant(store, { dataset, to }, { signal });
    else await grantDataset(store, { dataset, to, access }, { signal });
    printFacts({ dataset, to, access }, () => [[to, access]], wantsJson(values));
    return 0;
  },
};

import { InvalidArgument } from '../errors.ts';
import { listSetting, numberSetting, setting, wordSetting } from '../settings.ts';
import { providerPattern } from './names.ts';

/** The identity provider whose users may log in. */
export interface ProviderSettings {
  readonly id: string;
  readonly issuer: URL;
  /** As it was written: providers call themselves by this very text. */
  readonly issuerText: string;
  readonly title: string;
  readonly scopes: readonly string[];
  /** Ids of clients whose tokens are taken. */
  readonly clients: readonly string[];
  readonly defaultClient: string | undefined;
  /** Whether subjects that were never seen get an account. */
  readonly admitsNew: boolean;
}

export interface AccountSettings {
  /** Days until a token ends that was got by logging in. */
  readonly tokenDays: number;
  readonly provider: ProviderSettings | undefined;
}

/** The settings of accounts from the environment. Throws `InvalidArgument`, which names the variable. */
export function readAccountSettings(environment: NodeJS.ProcessEnv = process.env): AccountSettings {
  return {
    tokenDays: numberSetting('tokenDays', [1, 366], environment),
    provider: readProvider(environment),
  };
}

function readProvider(environment: NodeJS.ProcessEnv): ProviderSettings | undefined {
  const issuerText = setting('oidcIssuer', environment);
  if (issuerText === undefined) return undefined;
  const issuer = URL.parse(issuerText);
  // OpenID Connect Discovery 1.0, 3: no query, no fragment.
  if (
    issuer === null ||
    !/^https?:$/.test(issuer.protocol) ||
    issuer.search !== '' ||
    issuer.hash !== '' ||
    issuer.username !== '' ||
    issuer.password !== ''
  )
    throw new InvalidArgument(
      `FURROW_OIDC_ISSUER must be an https address without query, not '${issuerText}'`,
    );
  const id = setting('oidcId', environment) ?? '';
  if (!providerPattern.test(id))
    throw new InvalidArgument(
      `FURROW_OIDC_ID must be up to 20 of a-z, 0-9 and dash, a letter first, not '${id}'`,
    );
  const defaultClient = setting('oidcDefaultClient', environment);
  const clients = [
    ...new Set([
      ...listSetting('oidcClients', environment),
      ...(defaultClient === undefined ? [] : [defaultClient]),
    ]),
  ];
  if (clients.length === 0)
    throw new InvalidArgument(
      'FURROW_OIDC_CLIENTS is empty: tokens that the provider made for other services would be taken; name the ids of your clients',
    );
  return {
    id,
    issuer,
    issuerText,
    title: setting('oidcTitle', environment) ?? id,
    scopes: listSetting('oidcScopes', environment),
    clients,
    defaultClient,
    admitsNew: wordSetting('oidcNew', ['on', 'off'], environment) === 'on',
  };
}

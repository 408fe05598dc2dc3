import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { SetupFailed } from './setup-failed.ts';
import { sharedData } from './shared-data.ts';

/** Of the test provider: a client of its own secret, and one user of the device code. */
export const oidcClient = { id: 'suite', secret: 'suite-secret' } as const;
export const oidcUser = 'user';

export interface OidcProvider extends AsyncDisposable {
  readonly issuer: string;
}

/** The program of the test provider beside the project; undefined where it is not there. */
export function oidcProgram(): string | undefined {
  return sharedData('anchors', 'openeo', 'oidc-provider.mjs');
}

/** Starts an OpenID Connect provider on a free port. Throws `SetupFailed`. */
export async function startOidcProvider(): Promise<OidcProvider> {
  const program = oidcProgram();
  if (program === undefined) throw new SetupFailed('there is no test provider of OpenID Connect');
  const args = [program, '--port', '0', '--client', `${oidcClient.id}:${oidcClient.secret}`];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  for await (const line of createInterface({ input: child.stdout }))
    return { issuer: (JSON.parse(line) as { issuer: string }).issuer, [Symbol.asyncDispose]: stop };
  throw new SetupFailed('the test provider of OpenID Connect ended before it listened');
}

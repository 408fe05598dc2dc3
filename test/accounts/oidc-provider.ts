import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { sharedData } from '../support/shared-data.ts';

const script = sharedData('anchors', 'openeo', 'oidc-provider.mjs');

/** Why tests that log in at a real provider are skipped; undefined where it is there. */
export const withoutProvider = script === undefined ? 'the provider of ../shared is absent' : undefined;

export interface RunningProvider {
  readonly issuer: string;
  /** An answer of the token endpoint. */
  token(form: Record<string, string>): Promise<{ access_token: string; id_token?: string }>;
  /** An answer of another endpoint. */
  post(path: string, form: Record<string, string>): Promise<Record<string, string>>;
  stop(): Promise<void>;
}

/** An OpenID Connect provider as a process of its own, with the clients `suite:suite-secret` and `other:other-secret`. */
export async function startProvider(lifetime = 3600): Promise<RunningProvider> {
  const options = ['--port', '0', '--client', 'suite:suite-secret', '--client', 'other:other-secret'];
  const child = spawn(process.execPath, [script ?? '', ...options, '--lifetime', String(lifetime)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const { issuer } = JSON.parse(line) as { issuer: string };
  const post = async (path: string, form: Record<string, string>) => {
    const answer = await fetch(`${issuer}${path}`, { method: 'POST', body: new URLSearchParams(form) });
    return (await answer.json()) as Record<string, string>;
  };
  return {
    issuer,
    post,
    token: async (form) => (await post('/token', form)) as { access_token: string; id_token?: string },
    async stop() {
      child.kill();
      await once(child, 'exit');
    },
  };
}

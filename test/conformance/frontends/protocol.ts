import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { jupyterEnvironment, startJupyter } from '../../support/jupyter.ts';
import type { Check } from '../suite.ts';
import { pythonChecks, type Surroundings } from './steps.ts';

/**
 * What editors such as VS Code do: a client of the kernel itself (jupyter_client, asynchronous), and one of a Jupyter
 * server's REST interface and websocket, in both of its subprotocols.
 */
export async function driveProtocol({ folder, prefix }: Surroundings): Promise<Check[]> {
  const env = jupyterEnvironment(folder, prefix);
  const options = { cwd: folder, env, limitMs: 90_000 };
  const own = await pythonChecks('a client of the kernel', 'editor_session.py', ['typescript'], options);
  const root = join(folder, 'served');
  mkdirSync(root);
  const jupyter = await startJupyter({ folder, root, prefix });
  try {
    const { address, token } = jupyter;
    const args = [address, token, 'typescript'];
    return [
      ...own,
      ...(await pythonChecks('a client of a Jupyter server', 'server_session.py', args, options)),
    ];
  } finally {
    await jupyter.stop();
  }
}

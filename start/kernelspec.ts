import { installKernelspec } from '../kernel/install.ts';
import { venvFolder } from './venv.ts';

/** Tells the JupyterLab of `.venv` how to start the kernel that `dist/` holds, by the locked Node. Returns the folder. */
export async function installKernel(root: string): Promise<string> {
  return installKernelspec({ prefix: venvFolder(root), nodePath: process.execPath });
}

#!/usr/bin/env node
import { KernelError } from '../kernel/errors.ts';
import { FurrowError } from '../src/errors.ts';
import { kernelUsage, runKernelCommand } from './kernel-commands.ts';

/** `furrow COMMAND`. Exit code 1 when something failed, with one sentence on stderr where the user can mend it. */
async function main([command = 'help', ...rest]: readonly string[]): Promise<number> {
  if (command === 'kernel') return runKernelCommand(rest);
  // Loaded when asked for: an installer has no use for a runtime.
  const { runSeasonCommand, usageLines } = await import('./season-commands.ts');
  if (!['help', '--help', '-h'].includes(command)) return runSeasonCommand([command, ...rest]);
  console.log(`furrow COMMAND [options]\n\n${await usageLines(kernelUsage)}`);
  return 0;
}

// `furrow series demo | head`: who reads has enough, and that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});
// npm runs scripts in the package's folder and says in which one the user typed the command.
if (process.env.npm_lifecycle_event === 'furrow' && process.env.INIT_CWD) process.chdir(process.env.INIT_CWD);

const argv = process.argv.slice(2);
try {
  process.exitCode = await main(argv[0] === 'help' && argv[1] ? [...argv.slice(1), '--help'] : argv);
} catch (error) {
  process.exitCode = 1;
  if (!(error instanceof FurrowError || error instanceof KernelError)) throw error;
  console.error(`furrow ${argv[0]}: ${error.message} [${error.code}]`);
}

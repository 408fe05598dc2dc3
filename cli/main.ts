#!/usr/bin/env node
import { KernelError } from '../kernel/errors.ts';
import { FurrowError } from '../src/errors.ts';
import { kernelUsage, runKernelCommand } from './kernel-commands.ts';

/** `furrow COMMAND`. Exit code 1 when something failed, with one sentence on stderr where the user can mend it. */
async function main([command = 'help', ...rest]: readonly string[]): Promise<number> {
  if (command === 'kernel') return runKernelCommand(rest);
  // Loaded when asked for: an installer has no use for a runtime.
  const { runSeasonCommand, seasonUsage } = await import('./season-commands.ts');
  if (!['help', '--help', '-h'].includes(command)) return runSeasonCommand([command, ...rest]);
  console.log(`furrow COMMAND [options]\n\n${kernelUsage}\n\n${await seasonUsage()}`);
  return 0;
}

const argv = process.argv.slice(2);
try {
  process.exitCode = await main(argv);
} catch (error) {
  process.exitCode = 1;
  if (!(error instanceof FurrowError || error instanceof KernelError)) throw error;
  console.error(`furrow ${argv[0]}: ${error.message} [${error.code}]`);
}

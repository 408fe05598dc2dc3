import { networkInterfaces } from 'node:os';
import { TestKernel } from '../../kernel/client.ts';
import { builtKernel } from '../../support/built-kernel.ts';

/**
 * `alone-client.ts FOLDER`: started without a network, starts a kernel in FOLDER, tries what a first notebook needs,
 * and prints what it saw as JSON.
 */
const { main, prelude } = builtKernel();
const kernel = await TestKernel.start({
  main,
  args: ['--prelude', prelude],
  transport: 'ipc',
  cwd: process.argv[2],
  env: { FURROW_TYPES: 'warn', FURROW_HISTORY: '' },
});
try {
  const result = async (code: string) => {
    const [shown] = (await kernel.run(code)).of('execute_result');
    return (shown?.data as Record<string, unknown> | undefined)?.['text/plain'];
  };
  const value = await result('1 + 1');
  const parses = await result("import { basename } from 'node:path'; basename('/a/furrow')");
  const completed = await kernel.ask('complete_request', { code: 'basename("a").toUpp', cursor_pos: 19 });
  const about = await kernel.ask('inspect_request', { code: 'basename', cursor_pos: 4, detail_level: 0 });
  // What is known only after a short cell is told under the next one.
  const problem = await kernel.run("const wrong: number = 'text'; undefined");
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const next = await kernel.run('undefined');
  const ended = new Promise((resolve) => kernel.process.once('exit', resolve));
  kernel.send('shutdown_request', { restart: false }, { channel: 'control' });
  const exitCode = await ended;
  const said = {
    interfaces: Object.keys(networkInterfaces()),
    value,
    parses,
    completions: (completed.reply.matches as string[]).some((match) => match.endsWith('toUpperCase')),
    documentation: JSON.stringify(about.reply).includes('basename'),
    diagnostic: (problem.text('stderr') + next.text('stderr')).includes("'string'"),
    exitCode,
  };
  process.stdout.write(JSON.stringify(said));
} finally {
  await kernel.stop();
}
process.exit(0);

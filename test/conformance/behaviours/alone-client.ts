import { networkInterfaces } from 'node:os';
import { TestKernel } from '../../kernel/client.ts';
import { builtKernel } from '../../support/built-kernel.ts';

/**
 * `alone-client.ts FOLDER`: started without a network, starts a kernel in FOLDER, tries what a first notebook needs,
 * and prints what it saw as JSON.
 */
const { main, prelude } = builtKernel();
const tellMs = 20_000;
/** Longer than the pause after which the types of what ran are looked at. */
const pauseMs = 2500;
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
  let told = (await kernel.run("const wrong: number = 'text'; undefined")).text('stderr');
  for (const until = Date.now() + tellMs; !told.includes("'string'") && Date.now() < until; ) {
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    told += (await kernel.run('undefined')).text('stderr');
  }
  const ended = new Promise((resolve) => kernel.process.once('exit', resolve));
  kernel.send('shutdown_request', { restart: false }, { channel: 'control' });
  const exitCode = await ended;
  const said = {
    interfaces: Object.keys(networkInterfaces()),
    value,
    parses,
    completions: (completed.reply.matches as string[]).some((match) => match.endsWith('toUpperCase')),
    documentation: JSON.stringify(about.reply).includes('basename'),
    diagnostic: told.includes("'string'"),
    exitCode,
  };
  process.stdout.write(JSON.stringify(said));
} finally {
  await kernel.stop();
}
process.exit(0);

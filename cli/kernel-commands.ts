import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { InstallFailed, InvalidUsage } from '../kernel/errors.ts';
import { installKernelspec } from '../kernel/install.ts';
import { dataFolder, type InstallPlace, kernelsFolder, searchedFolders } from '../kernel/install-place.ts';
import { type InstalledKernel, listKernelspecs, removeKernelspec } from '../kernel/installed.ts';
import { packageRoot } from '../src/config.ts';
import { installLabViews, removeLabViews } from './lab-views.ts';
import { lockedNode } from './locked-node.ts';

/** `furrow kernel` in `furrow help`. */
export const kernelUsage: readonly (readonly [call: string, words: string])[] = [
  ['kernel install', 'tell Jupyter of this kernel'],
  ['kernel list', 'which are installed, and whether they can start'],
  ['kernel remove NAME', 'take one away'],
];

const help = `furrow kernel install|list|remove NAME [options]

  install               tell Jupyter of this kernel
  list                  which are installed, and whether what they start is still there
  remove NAME           take one away; a place as below where several have the name

  --user                for this user, whichever Jupyter is started (where no place is named)
  --sys-prefix          for the Python environment that is active
  --prefix DIR          for the Python environment in DIR
  --name NAME           the kernelspec's name (furrow; typescript with --no-prelude)
  --display-name TEXT   what front ends show
  --env NAME=VALUE      environment variable of the kernel; may be repeated
  --no-prelude          a plain TypeScript kernel: no collections, parcels and widgets in its cells
  --json                what 'list' finds as JSON

Exit code 1 where 'list' shows one that cannot start.`;

type Values = ReturnType<typeof readArguments>['values'];

/**
 * `furrow kernel install|list|remove`. Resolves with the exit code: 1 when `list` shows one that cannot start. Throws
 * `InvalidUsage` and `InstallFailed`, whose messages say what to do.
 */
export async function runKernelCommand(argv: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(argv);
  const [command = 'help', ...names] = positionals;
  const expected = command === 'remove' ? 1 : 0;
  if (names.length !== expected)
    throw new InvalidUsage(
      `kernel ${command} takes ${expected === 1 ? 'one name' : 'no names'}, not '${names.join(' ')}'`,
    );
  switch (values.help ? 'help' : command) {
    case 'install':
      return install(values);
    case 'list':
      return list(values);
    case 'remove':
      return remove(names[0] ?? '', values);
    case 'help':
      console.log(help);
      return 0;
    default:
      throw new InvalidUsage(`there is no command 'kernel ${command}': install, list or remove`);
  }
}

async function install(values: Values): Promise<number> {
  const { prelude } = values;
  const built = ['dist/kernel/main.js', ...(prelude ? ['dist/kernel/prelude.js', 'dist/labextension'] : [])];
  const absent = built.find((path) => !existsSync(join(packageRoot(), path)));
  if (absent !== undefined)
    throw new InstallFailed(
      `${join(packageRoot(), absent)} is not there yet: run 'npm run build' first, then install again`,
    );
  const named = namedPlace(values);
  const place = named ?? { user: true };
  const name = values.name ?? (prelude ? 'furrow' : 'typescript');
  const displayName = values['display-name'] ?? (prelude ? 'TypeScript (Furrow)' : 'TypeScript');
  const folder = await installKernelspec({
    ...place,
    name,
    displayName,
    nodePath: lockedNode(),
    mainPath: join(packageRoot(), 'dist', 'kernel', 'main.js'),
    preludePath: prelude && join(packageRoot(), 'dist', 'kernel', 'prelude.js'),
    environment: readEnvironment(values.env ?? []),
  });
  console.log(`Installed '${displayName}' in ${folder}`);
  if (prelude)
    console.log(`Installed the views of its widgets in ${await installLabViews(dataFolder(place))}`);
  if (!named) console.log('For this user, as no place was named (--sys-prefix, --prefix DIR).');
  console.log(`Start it: jupyter lab, and choose '${displayName}'; or: jupyter console --kernel ${name}`);
  return 0;
}

async function list(values: Values): Promise<number> {
  const found = await installed(values);
  if (values.json) console.log(JSON.stringify(found, undefined, 2));
  else if (found.length === 0)
    console.log('Not installed in any of these places:', foldersOf(values).join(', '));
  else {
    const width = (key: 'name' | 'displayName') => Math.max(...found.map((kernel) => kernel[key].length));
    const [names, titles] = [width('name'), width('displayName')];
    for (const { name, displayName, folder, missing } of found) {
      console.log(`${name.padEnd(names)}  ${displayName.padEnd(titles)}  ${folder}`);
      for (const path of missing) console.log(`${' '.repeat(names)}  cannot start: ${path} does not exist`);
    }
  }
  return found.some(({ missing }) => missing.length > 0) ? 1 : 0;
}

async function remove(name: string, values: Values): Promise<number> {
  const found = (await installed(values)).filter((kernel) => kernel.name === name);
  const [kernel, ...more] = found;
  if (!kernel)
    throw new InvalidUsage(
      `no kernel of ours is named '${name}' in ${foldersOf(values).join(', ')}: furrow kernel list shows them`,
    );
  if (more.length > 0)
    throw new InvalidUsage(
      `'${name}' is installed in ${found.map(({ folder }) => folder).join(' and ')}: name the place with --user, --sys-prefix or --prefix DIR`,
    );
  await removeKernelspec(kernel);
  console.log(`Removed ${kernel.folder}`);
  const kernels = dirname(kernel.folder);
  if ((await listKernelspecs(kernels)).length === 0 && (await removeLabViews(dirname(kernels))))
    console.log('Removed the views of its widgets beside it');
  return 0;
}

/** Ours in the place that is named, else in all places where Jupyter looks. */
async function installed(values: Values): Promise<InstalledKernel[]> {
  return (await Promise.all(foldersOf(values).map(listKernelspecs))).flat();
}

function foldersOf(values: Values): string[] {
  const place = namedPlace(values);
  return place ? [kernelsFolder(place)] : searchedFolders();
}

function namedPlace({ user, prefix, 'sys-prefix': sysPrefix }: Values): InstallPlace | undefined {
  if (!user && !sysPrefix && prefix === undefined) return undefined;
  if (prefix === '') throw new InvalidUsage('--prefix is empty: it takes the folder of a Python environment');
  // npm runs scripts in the package's folder and says in which one the user typed the command.
  const from = process.env.INIT_CWD ?? process.cwd();
  return { user, sysPrefix, prefix: prefix === undefined ? undefined : resolve(from, prefix) };
}

function readEnvironment(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const equals = pair.indexOf('=');
      if (equals < 1) throw new InvalidUsage(`--env takes NAME=VALUE, not '${pair}'`);
      return [pair.slice(0, equals), pair.slice(equals + 1)];
    }),
  );
}

function readArguments(argv: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      allowNegative: true,
      options: {
        help: { ...flag, short: 'h' },
        user: flag,
        'sys-prefix': flag,
        prefix: text,
        name: text,
        'display-name': text,
        env: { type: 'string', multiple: true },
        prelude: { type: 'boolean', default: true },
        json: flag,
      },
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('. ')[0] : String(error);
    throw new InvalidUsage(`${reason}; furrow kernel --help lists the options`, { cause: error });
  }
}

/** Where a magic stands: `%name` on a line of its own, or `%%name` as the first line of a cell, which then is its body. */
export type MagicKind = 'line' | 'cell';

/** What a magic is, for those who recognise, complete and explain it; what it does is in `kernel/cell/magics`. */
export interface MagicEntry {
  readonly kinds: readonly MagicKind[];
  /** What follows it is TypeScript of the cell, not text. */
  readonly code?: true;
  /** It is the kernel that does it, before the cell process sees the cell. */
  readonly kernel?: true;
  readonly usage: string;
  /** One line for the list of all. */
  readonly help: string;
  /** What more there is to say. */
  readonly more?: string;
  /** What its first argument may be. */
  readonly choices?: readonly string[];
}

/** All magics by name, in the order in which they are listed. */
export const magicTable: Readonly<Record<string, MagicEntry>> = {
  npm: {
    kinds: ['line'],
    usage: '%npm install PACKAGE...',
    help: "Runs npm in the notebook's folder; packages it installs can be imported at once.",
    more: 'Any npm command: install, uninstall, ls, outdated, run... Quotes group words as in a shell; there is no shell, so no variables, pipes or patterns. A package that was imported before stays the version it was until %reset.',
    choices: [
      ...['install', 'uninstall', 'update', 'ls', 'outdated', 'view', 'search', 'audit', 'run', 'init'],
      ...['ci', 'config', 'dedupe', 'explain', 'fund', 'help', 'link', 'pack', 'prune', 'root', 'version'],
    ],
  },
  timeit: {
    kinds: ['line', 'cell'],
    code: true,
    usage: '%timeit [-n LOOPS] [-r RUNS] STATEMENT    %%timeit [-n LOOPS] [-r RUNS] [SETUP]',
    help: 'Runs a statement, or the body of a cell, many times and tells how long one takes.',
    more: 'Without -n it chooses the loops so that all of it takes one to two seconds; 7 runs by default, fewer when one loop alone is slow. `await` is counted. In %%timeit the first line is setup that is not counted, and what the body declares is its own.',
  },
  time: {
    kinds: ['line', 'cell'],
    code: true,
    usage: '%time STATEMENT    %%time',
    help: 'Runs a statement, or the whole cell, once and tells the time on the processor and on the wall.',
    more: 'What it declares stays, its value is shown, promises are awaited.',
  },
  env: {
    kinds: ['line'],
    usage: '%env    %env NAME    %env NAME=VALUE',
    help: 'Lists, shows or sets environment variables of the process that runs the cells.',
    more: 'What is set holds for later cells and the programs they start, until the kernel restarts or %reset. In the list, values of names that sound secret are hidden.',
  },
  who: {
    kinds: ['line'],
    usage: '%who [KIND...]',
    help: 'Names that cells declared; only those of some kinds, such as function or Array.',
    choices: ['function', 'class', 'number', 'string', 'boolean', 'Array', 'Map', 'Object', 'Date'],
  },
  whos: {
    kinds: ['line'],
    usage: '%whos [KIND...]',
    help: 'The same as a table with kinds and values.',
    choices: ['function', 'class', 'number', 'string', 'boolean', 'Array', 'Map', 'Object', 'Date'],
  },
  reset: {
    kinds: ['line'],
    kernel: true,
    usage: '%reset [-f]',
    help: 'Forgets everything that cells declared, imported and set: a new process runs the next cell.',
    more: 'It stands alone in its cell and does not ask back; -f is accepted.',
    choices: ['-f'],
  },
  types: {
    kinds: ['line'],
    kernel: true,
    usage: '%types [strict|warn|off]',
    help: 'How the types of cells are checked, from this cell on.',
    more: 'strict: a cell with type errors does not run. warn: it runs, errors are told. off: nothing is told.',
    choices: ['strict', 'warn', 'off'],
  },
  pwd: { kinds: ['line'], usage: '%pwd', help: "The notebook's folder, where imports are looked up." },
  lsmagic: { kinds: ['line'], usage: '%lsmagic', help: 'Names of all magics.' },
  magic: { kinds: ['line'], usage: '%magic', help: 'This table; `%NAME?` explains one.' },
  html: { kinds: ['cell'], usage: '%%html', help: 'Shows the cell as HTML.' },
  markdown: { kinds: ['cell'], usage: '%%markdown', help: 'Shows the cell as Markdown.' },
  latex: { kinds: ['cell'], usage: '%%latex', help: 'Shows the cell as LaTeX.' },
  svg: { kinds: ['cell'], usage: '%%svg', help: 'Shows the cell as an SVG image.' },
  bash: {
    kinds: ['cell'],
    usage: '%%bash',
    help: "Runs the cell with bash in the notebook's folder, its output as it comes.",
    more: 'Nothing can be typed into it. An exit code other than 0 is an error of the cell; an interrupt ends it and all it started.',
  },
  sh: { kinds: ['cell'], usage: '%%sh', help: 'The same with sh.' },
  writefile: {
    kinds: ['cell'],
    usage: '%%writefile [-a] FILE',
    help: "Writes the cell to a file, by a path from the notebook's folder; -a appends.",
    choices: ['-a'],
  },
};

/** The entry of a magic, by its name without `%`. */
export function magicEntry(name: string): MagicEntry | undefined {
  return Object.hasOwn(magicTable, name) ? magicTable[name] : undefined;
}

/** All names as they are written, `%` and `%%` forms apart. */
export function magicNames(kind: MagicKind): string[] {
  const sign = kind === 'line' ? '%' : '%%';
  return Object.entries(magicTable).flatMap(([name, { kinds }]) =>
    kinds.includes(kind) ? [sign + name] : [],
  );
}

/** What stands in for magics of other kernels. */
const elsewhere: Readonly<Record<string, string>> = {
  pip: 'Packages for TypeScript come with %npm install',
  conda: 'Packages for TypeScript come with %npm install',
  cd: "Imports are looked up from the notebook's folder, which stays; process.chdir() changes the folder of file names",
  run: "Import a file instead: await import('./file.ts')",
  load_ext: 'There are no extensions; import what you need',
  matplotlib: 'Charts need no setup; show them with display()',
  javascript: 'Cells are TypeScript already, JavaScript runs as it is',
  script: 'Use %%bash',
};

/** What to tell about a name that is no magic: what there is instead, else the nearest names. */
export function adviceFor(name: string): string {
  const instead = Object.hasOwn(elsewhere, name) ? elsewhere[name] : undefined;
  if (instead !== undefined) return `${instead}. %lsmagic lists all magics`;
  const near = [...new Set([...magicNames('line'), ...magicNames('cell')])]
    .map((sign) => ({ sign, far: distance(name.toLowerCase(), sign.replace(/^%+/, '')) }))
    .filter(({ sign, far }) => far <= 2 || sign.replace(/^%+/, '').startsWith(name.toLowerCase()))
    .sort((a, b) => a.far - b.far)
    .slice(0, 4)
    .map(({ sign }) => sign);
  return near.length > 0
    ? `The nearest: ${near.join(', ')}. %lsmagic lists all magics`
    : '%lsmagic lists all magics';
}

/** Letters to insert, delete or replace (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const replaced = (row[j] ?? 0) + (letter === b[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

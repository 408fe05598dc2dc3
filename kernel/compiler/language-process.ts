import { openCompleter } from './complete.ts';
import { completeness } from './completeness.ts';
import { diagnose } from './diagnose.ts';
import { inspect } from './inspect.ts';
import type {
  FromLanguage,
  Missed,
  OpenNotebook,
  Query,
  RecordedCell,
  ToLanguage,
} from './language-messages.ts';
import { type LanguageProject, openProject } from './language-project.ts';
import { magicCompleteness } from './magic-help.ts';
import { blankMagics } from './magics.ts';

/** The language process: holds the program of one notebook and answers its parent, one message after the other. */
interface Notebook {
  readonly project: LanguageProject;
  readonly complete: ReturnType<typeof openCompleter>;
}

let opening: OpenNotebook | undefined;
let opened: Notebook | undefined;

/** The program is made for the first question that needs one: `isComplete` only needs the parser. */
function notebook(): Notebook {
  if (opened) return opened;
  const start = opening ?? { folder: process.cwd(), cells: [] };
  const project = openProject(start);
  for (const cell of start.cells) record(project, cell);
  opened = { project, complete: openCompleter(project) };
  if (project.notice) send({ notice: project.notice });
  return opened;
}

function record(project: LanguageProject, cell: RecordedCell): void {
  try {
    const declared = (name: string) => project.kindOf(name) !== undefined;
    const source = blankMagics(cell.source, { declaring: true, declared });
    project.record({ ...cell, source, written: cell.source });
  } catch (error) {
    // A text that the compiler chokes on must not take the other cells with it.
    process.emitWarning(`cell ${cell.id} is left out of the types: ${String(error)}`);
  }
}

function answer(query: Query): unknown {
  if (query.kind === 'isComplete')
    return magicCompleteness(query.ask.code) ?? completeness(blankMagics(query.ask.code));
  const { project, complete } = notebook();
  const declared = (name: string) => project.kindOf(name) !== undefined;
  const text = 'code' in query.ask ? blankMagics(query.ask.code, { declared }) : '';
  switch (query.kind) {
    case 'complete':
      return complete(text, query.ask.cursor);
    case 'inspect':
      return inspect(project, text, query.ask.cursor, query.ask.detail);
    case 'diagnose':
      return diagnose(project, project.open, text, query.ask.code);
    case 'missed':
      return missed(project);
  }
}

/** The cells that ran unchecked, as they were then. */
function missed(project: LanguageProject): Missed[] {
  return project.takeUnchecked().map(({ id, source, written, header }) => ({
    id,
    diagnosis: diagnose(project, (text) => project.open(text, header), source, written),
  }));
}

/**
 * Half of what a start allocates is garbage: it is given back when nobody waits. What a pause of a few seconds is for
 * takes 0.2 s and gives back 10 to 20 MiB more.
 */
let tidy: NodeJS.Timeout | undefined;
let tidied = false;
function tidyLater(): void {
  clearTimeout(tidy);
  const thoroughly = () => {
    tidied = true;
    globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  };
  const quickly = () => {
    globalThis.gc?.({ type: 'major', execution: 'async' });
    tidy = setTimeout(thoroughly, 4000).unref();
  };
  tidy = setTimeout(tidied ? quickly : thoroughly, tidied ? 1000 : 300).unref();
}

/** What a new cell declares is made ready while nobody waits, so that the next completion finds it. */
let prepare: NodeJS.Timeout | undefined;
function prepareLater(): void {
  clearTimeout(prepare);
  prepare = setTimeout(() => opened?.project.settled(), 300).unref();
}

function send(message: FromLanguage): void {
  if (process.connected) process.send?.(message);
}

process.on('message', (message: ToLanguage) => {
  if ('open' in message) {
    opening = message.open;
    opened = undefined;
  } else if ('folderChanged' in message) opened?.project.folderChanged();
  else if ('record' in message) {
    if (opened) {
      record(opened.project, message.record);
      prepareLater();
    } else if (opening) opening = { ...opening, cells: [...opening.cells, message.record] };
  } else {
    try {
      send({ id: message.id, answer: answer(message.query) });
    } catch (error) {
      // The program may be half-way through a change: the next question starts from a fresh one.
      send({
        id: message.id,
        failure: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
    }
    opened?.project.settle();
    tidyLater();
  }
});
process.on('disconnect', () => process.exit(0));
// An interrupt of the kernel reaches its whole process group, and is not meant for the types.
process.on('SIGINT', () => {});

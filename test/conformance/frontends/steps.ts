import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { packageRoot } from '../../../src/config.ts';
import { testPython } from '../../support/venv.ts';
import type { Check } from '../suite.ts';

/** What a front end needs of this machine to be driven. */
export interface Surroundings {
  /** Scratch folder of the front end, made already. */
  readonly folder: string;
  /** `share/jupyter` in it holds the kernels `furrow` (with the prelude) and `typescript` (without), and the views. */
  readonly prefix: string;
  /** Only what a push must not break. */
  readonly short: boolean;
}

/** A step of a front end went wrong: the message says what was seen. */
export class FrontEndFailed extends Error {
  override readonly name = 'FrontEndFailed';
}

export type Step = readonly [name: string, act: () => Promise<void>];

/** Performs steps one after the other, each within a time limit; one that fails is told to `failed` and leaves the others their turn. */
export async function performSteps(
  frontEnd: string,
  steps: readonly Step[],
  { limitMs = 30_000, failed }: { limitMs?: number; failed?: (step: string) => Promise<unknown> } = {},
): Promise<Check[]> {
  const checks: Check[] = [];
  for (const [step, act] of steps) {
    const name = `${frontEnd}: ${step}`;
    try {
      await within(limitMs, act());
      checks.push({ name, status: 'passed' });
    } catch (error) {
      checks.push({ name, status: 'failed', message: String(error).slice(0, 1500) });
      await failed?.(step).catch(() => undefined);
    }
  }
  return checks;
}

/** Rejects when the work takes longer; the work itself goes on. */
export async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new FrontEndFailed(`not done in ${limitMs / 1000} s`)), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Throws with what was seen unless the condition holds. */
export function expect(condition: boolean, seen: string): asserts condition {
  if (!condition) throw new FrontEndFailed(seen);
}

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/**
 * Runs a program of the test environment (`python` or one of `bin/`) to its end. After the limit its whole process group
 * is killed, so that no kernel stays behind; the code is then null.
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv; limitMs: number },
): Promise<Ran> {
  const python = testPython() ?? 'python3';
  const { limitMs, ...places } = options;
  const child = spawn(join(python, '..', program), args, {
    ...places,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const timer = setTimeout(() => child.pid && process.kill(-child.pid, 'SIGKILL'), limitMs);
  const ended = new Promise<number | null>((done) => child.on('close', done).on('error', () => done(127)));
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  clearTimeout(timer);
  return { code, out, err };
}

/**
 * Checks by a Python program beside this file. It prints, for each check, one line of JSON with `name` and, where it
 * failed, `message`; a program that ends otherwise than with 0 is itself a failed check.
 */
export async function pythonChecks(
  frontEnd: string,
  script: string,
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv; limitMs: number },
): Promise<Check[]> {
  const file = join(packageRoot(), 'test', 'conformance', 'frontends', script);
  expect(existsSync(file), `${file} is not there`);
  const { code, out, err } = await runProgram('python', [file, ...args], options);
  const checks: Check[] = out
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { name: string; message?: string })
    .map(({ name, message }) =>
      message === undefined
        ? { name: `${frontEnd}: ${name}`, status: 'passed' }
        : { name: `${frontEnd}: ${name}`, status: 'failed', message },
    );
  if (code === 0 && checks.length > 0) return checks;
  const end = err.trimEnd().split('\n').slice(-12).join('\n');
  const message = `${code === null ? `not done in ${options.limitMs / 1000} s` : `exit code ${code}`}: ${end}`;
  return [...checks, { name: `${frontEnd}: runs to its end`, status: 'failed', message }];
}

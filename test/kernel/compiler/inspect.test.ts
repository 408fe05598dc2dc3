import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { inspect } from '../../../kernel/compiler/inspect.ts';
import { type LanguageProject, openProject } from '../../../kernel/compiler/language-project.ts';

let project: LanguageProject;

const cell = `/** Makes a thing. See {@link Foo} and {@link Foo.q the q}.
 * @param a - the first
 * @param b the second one
 * @returns a text
 * @example
 * make(1, 'x')
 * @deprecated use other */
function make(a: number, b: string): string;
function make(a: string): string;
function make(a: any, b?: any): string { return String(a) + b }
/** Takes all. @param rest what there is */
const all = (first: number, ...rest: string[]) => rest;
const obj = { alpha: [1, 2, 3], f: (x: number) => 1, make };
class Foo { constructor(readonly q: string) {} }`;

before(() => {
  project = openProject({ folder: join(tmpdir(), 'no-such-notebook') });
  project.record({ id: 1, source: cell });
});

/** What is said about the place of the bar in a code. */
function said(marked: string, type: 'text/plain' | 'text/markdown' = 'text/plain'): string {
  const cursor = marked.indexOf('|');
  const code = marked.slice(0, cursor) + marked.slice(cursor + 1);
  return inspect(project, code, cursor, 0).data[type] ?? '';
}

describe('inside the parentheses of a call', () => {
  test('the fitting signature, the parameter that is written, documentation and overloads', () => {
    assert.equal(
      said("make(1, |'x')"),
      [
        'make(a: number, b: string): string',
        '',
        '→ b: string (parameter 2 of 2)',
        '  the second one',
        '',
        '@deprecated use other',
        '',
        'Makes a thing. See Foo and the q.',
        '',
        '@param a - the first',
        '@param b the second one',
        '@returns a text',
        "@example make(1, 'x')",
        '',
        'Also:',
        'make(a: string): string',
      ].join('\n'),
    );
  });

  test('as Markdown, the parameter in bold, the example as code', () => {
    const text = said('make(1, |', 'text/markdown');
    assert.match(text, /^```typescript\nmake\(a: number, b: string\): string\n```\n\n→ \*\*`b: string`\*\*/);
    assert.match(text, /\*\*Deprecated\.\*\* use other/);
    assert.match(
      text,
      /\*@param\* `a` the first {2}\n\*@param\* `b` the second one {2}\n\*@returns\* a text/,
    );
    assert.match(text, /\*@example\*\n\n```typescript\nmake\(1, 'x'\)\n```/);
  });

  const active: [string, RegExp][] = [
    ['make(|', /→ a: number \(parameter 1 of 2\)/],
    ['make(1|', /→ a: number/],
    ['all(1, "a", "b", |', /→ \.\.\.rest: string\[\] \(parameter 2 of 2\)/],
    ['new Foo(|', /^Foo\(q: string\): Foo\n\n→ q: string/],
    ['[1].map((x) => x, |', /→ thisArg\?: any/],
    ['make(all(|', /^all\(first: number/],
    ['console.log(|', /^log\(message\?: any/],
  ];
  for (const [code, expected] of active) test(code, () => assert.match(said(code), expected));

  test('on a name, the name first, then the call in brief', () => {
    assert.match(
      said('make(obj|, 1)'),
      /^const obj: [\s\S]*\n\nIn a call of:\nmake\(a: number, b: string\): string\n\n→ a: number/,
    );
    assert.doesNotMatch(said('make(obj|, 1)'), /Makes a thing/);
    assert.doesNotMatch(said('ma|ke(obj, 1)'), /In a call of/);
  });
});

test('a value of the notebook is live; functions, types, globals and names of the cell itself are not', () => {
  const live = (code: string) => inspect(project, code, code.length, 0).live ?? false;
  assert.deepEqual(
    ['obj', 'obj.alpha', 'make', 'all', 'Foo', 'obj.f', 'obj.make', 'console', 'process.env'].map(live),
    [true, true, false, false, false, false, false, false, false],
  );
});

test('long words in front of a name cost nothing', () => {
  const started = performance.now();
  assert.match(said(`const image = "${'A'.repeat(1500)}";\nobj|`), /alpha/);
  assert.ok(performance.now() - started < 1500);
});

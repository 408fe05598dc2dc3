import type { Check } from './suite.ts';

/**
 * The checks of a JUnit report as pytest and `node --test` write it: one a test case, named with what it is nested in.
 * Not a reader of XML: both write their attributes in double quotes and escape what is in them.
 */
export function readJUnit(xml: string): Check[] {
  const checks: Check[] = [];
  const suites: string[] = [];
  for (const [tag] of xml.matchAll(
    /<\/?(?:testsuite|testcase|failure|error|skipped)\b(?:[^>"]|"[^"]*")*>/g,
  )) {
    const last = checks.at(-1);
    const name = attribute(tag, 'name') ?? '';
    if (tag.startsWith('</testsuite')) suites.pop();
    else if (tag.startsWith('<testsuite') && !tag.endsWith('/>')) suites.push(name);
    else if (tag.startsWith('<testcase'))
      checks.push({
        name: [...suites.slice(suites[0] === 'pytest' ? 1 : 0), name].join(' '),
        status: 'passed',
      });
    else if (last !== undefined && !tag.startsWith('</')) {
      const status = tag.startsWith('<skipped') ? 'skipped' : 'failed';
      checks[checks.length - 1] = { ...last, status, message: attribute(tag, 'message') ?? status };
    }
  }
  return checks;
}

function attribute(tag: string, name: string): string | undefined {
  const text = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];
  return text?.replace(/&(#?\w+);/g, (all, entity: string) => {
    if (entity.startsWith('#'))
      return String.fromCodePoint(Number(entity.replace('#x', '0x').replace('#', '')));
    return ({ lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" } as Record<string, string>)[entity] ?? all;
  });
}

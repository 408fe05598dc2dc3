import assert from 'node:assert/strict';
import { test } from 'node:test';
import { escapeHtml } from '../../../kernel/cell/escape-html.ts';
import { tableOf } from '../../../kernel/cell/table.ts';

test('all five characters of HTML are escaped', () => {
  assert.equal(escapeHtml(`<a href="x" title='y'>&`), '&#60;a href=&#34;x&#34; title=&#39;y&#39;&#62;&#38;');
  assert.match(tableOf([{ "it's": "'" }]) ?? '', /<th>it&#39;s<\/th>.*<td>&#39;<\/td>/s);
});

test('columns are those that the rows have themselves, whatever their names', () => {
  const odd = tableOf([JSON.parse('{"__proto__":"shown","constructor":1}'), { toString: 2 }]) ?? '';
  assert.match(odd, /<th>__proto__<\/th><th>constructor<\/th><th>toString<\/th>/);
  assert.match(odd, /<td>shown<\/td><td style="text-align:right">1<\/td><td><\/td>/);
  assert.match(odd, /<tr><td><\/td><td><\/td><td style="text-align:right">2<\/td><\/tr>/);
  const map =
    tableOf(
      new Map<string, unknown>([
        ['a', { constructor: 1 }],
        ['b', 2],
      ]),
    ) ?? '';
  assert.doesNotMatch(map, /Function/);
});

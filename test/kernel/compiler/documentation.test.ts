import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fenced } from '../../../kernel/compiler/documentation.ts';

test('nothing in a block of code ends it', () => {
  assert.equal(fenced('let a'), '```typescript\nlet a\n```');
  assert.equal(fenced('`a` ```` b', ''), '`````\n`a` ```` b\n`````');
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { delimitedLatex } from '../../../kernel/cell/latex.ts';

describe('LaTeX', () => {
  test('without a delimiter is a formula of its own', () => {
    assert.equal(delimitedLatex('\\frac{1}{2}\n'), '$$\\frac{1}{2}$$');
    assert.equal(delimitedLatex('5 \\$'), '$$5 \\$$$');
  });

  test('with a delimiter stays as it is', () => {
    for (const latex of ['$x$ and text', '$$x$$', '\\(x\\)', '\\[x\\]', '\\begin{align}x\\end{align}'])
      assert.equal(delimitedLatex(latex), latex);
  });
});

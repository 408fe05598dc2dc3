import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEnviHeader } from '../../src/raster/envi-header.ts';

const sizes = 'ENVI\nsamples = 4\nlines = 3\nbands = 2\r\ndata type = 12\n';

test('values in braces run over lines, an open brace is a text, and the last of a name counts', () => {
  const text = `${sizes}Band  Names = {\n red,\n nir}\r\nlines = 5\n; bands = 9\ndescription = {no end`;
  const header = readEnviHeader(text, 'a.hdr');
  assert.deepEqual(header.descriptions, ['red', 'nir']);
  assert.deepEqual([header.width, header.height, header.bands], [4, 5, 2]);
});

test('braces that nothing closes do not make a header slow', () => {
  const before = process.cpuUsage().user;
  assert.equal(readEnviHeader(`${sizes}${'a={\n'.repeat(100_000)}`, 'a.hdr').width, 4);
  // 0.1 s; with a look at all the rest from each brace it would be half a minute.
  assert.ok(process.cpuUsage().user - before < 3e6);
});

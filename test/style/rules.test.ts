import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/config.ts';
import { readHouse } from './house.ts';

const house = readHouse(packageRoot());
const product = [...house];

test('no file is longer than 400 lines', () => {
  const long = product
    .map(([file, text]) => [file, text.split('\n').length] as const)
    .filter(([, lines]) => lines > 401);
  assert.deepEqual(long, []);
});

test('file names are kebab-case and say one idea', () => {
  const catchAll = /^(util|utils|helper|helpers|common|misc|shared)\.ts$/;
  const odd = product
    .map(([file]) => basename(file))
    .filter((name) => catchAll.test(name) || !/^[a-z0-9]+(-[a-z0-9]+)*(\.config)?\.ts$/.test(name));
  assert.deepEqual(odd, []);
});

test('every error that is thrown has a class of its own', () => {
  const plain = product
    .filter(([, text]) => /\bnew (Error|TypeError|RangeError)\(/.test(text))
    .map(([file]) => file);
  assert.deepEqual(plain, []);
});

test('no type check is switched off', () => {
  const off = product
    .filter(([, text]) => /@ts-(ignore|expect-error|nocheck)|biome-ignore|\bas any\b|: any\b/.test(text))
    .map(([file]) => file);
  assert.deepEqual(off, []);
});

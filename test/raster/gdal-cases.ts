import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { promisify } from 'node:util';
import type { PixelArray } from '../../src/raster/pixels.ts';
import type { ByteRange, ByteSource } from '../../src/storage/source.ts';
import { testPython } from '../support/venv.ts';

/** An image that GDAL wrote, and what GDAL reads back; digests one a band, as `digest` makes them. */
export interface GdalCase {
  readonly name: string;
  readonly path: string;
  readonly dtype: string;
  readonly epsg: number | null;
  readonly transform: readonly number[];
  readonly sha: readonly string[];
  readonly window: readonly string[];
}

export interface GdalCases<Case> {
  /** Where the images are. */
  readonly folder: string;
  readonly all: readonly Case[];
  named(name: string): Case;
}

/** The images that a Python script beside the tests writes; to be called in a `describe`, read in its tests. */
export function gdalCases<Case extends GdalCase>(script: string): GdalCases<Case> {
  let folder = '';
  let all: Case[] = [];
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'furrow-gdal-'));
    await promisify(execFile)(testPython() as string, [join(import.meta.dirname, script), folder]);
    all = JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8')) as Case[];
  });
  after(() => rm(folder, { recursive: true, force: true }));
  return {
    get folder() {
      return folder;
    },
    get all() {
      return all;
    },
    named: (name) => {
      const found = all.find((one) => one.name === name);
      assert.ok(found, name);
      return found;
    },
  };
}

export const digest = (pixels: PixelArray): string =>
  createHash('sha256')
    .update(new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength))
    .digest('hex');

/** The source, with what is read of it counted. */
export function counting(inner: ByteSource): ByteSource & { reads: number; bytes: number } {
  const source = {
    ...inner,
    reads: 0,
    bytes: 0,
    read: (range: ByteRange) => {
      source.reads++;
      source.bytes += range.length;
      return inner.read(range);
    },
    readMany: (ranges: readonly ByteRange[]) => {
      source.reads += ranges.length;
      source.bytes += ranges.reduce((sum, { length }) => sum + length, 0);
      return inner.readMany(ranges);
    },
  };
  return source;
}

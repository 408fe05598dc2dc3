import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { testPython } from './venv.ts';

/** What rasterio reads of one file of `rare_tiffs.py`. */
export interface RareTiff {
  readonly name: string;
  readonly path: string;
  readonly dtype: string;
  readonly count: number;
  readonly nodata: string | null;
  readonly flags: readonly (readonly string[])[];
  readonly colors: readonly string[];
  readonly palette: readonly (readonly number[])[] | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly descriptions: readonly string[];
  readonly gcps: readonly (readonly number[])[];
  readonly gcp_crs: number | null;
  readonly rpcs: Readonly<Record<string, number | readonly number[]>> | null;
  readonly levels: number;
  readonly places?: readonly (readonly [x: number, y: number, lon: number, lat: number])[];
  readonly zonal?: readonly Readonly<
    Record<'count' | 'sum' | 'min' | 'max' | 'mean' | 'std', number | null>
  >[];
  readonly squares?: readonly (readonly [left: number, bottom: number, right: number, top: number])[];
  /** Pixels, band after band. */
  readonly raw: Uint8Array;
  /** The dataset mask of each level, 0 or 1. */
  readonly masks: readonly Uint8Array[];
}

/** Writes the files by GDAL into a new temporary folder, with what rasterio reads of them. */
export function writeRareTiffs(): { readonly folder: string; readonly files: readonly RareTiff[] } {
  const folder = mkdtempSync(join(tmpdir(), 'furrow-rare-'));
  const script = fileURLToPath(new URL('./rare_tiffs.py', import.meta.url));
  execFileSync(testPython() ?? '', [script, folder, '--expect'], { stdio: 'pipe' });
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.tif'))
    .map((file): RareTiff => {
      const path = join(folder, file);
      const base = path.slice(0, -4);
      const header = JSON.parse(readFileSync(`${base}.json`, 'utf8')) as RareTiff;
      const masks = Array.from({ length: header.levels }, (_, level) => readFileSync(`${base}.mask${level}`));
      return { ...header, name: file.slice(0, -4), path, raw: readFileSync(`${base}.raw`), masks };
    });
  return { folder, files };
}

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { rspack } from '@rspack/core';
import { packageRoot } from '../../src/config.ts';

const run = promisify(execFile);

/** The views as one script that sets `furrowViews.{parcelMap, seriesPlot, rasterPreview}.render`, out of the sources. */
export async function bundleViews(): Promise<string> {
  const root = packageRoot();
  await run(process.execPath, [
    join(root, 'node_modules/typescript/bin/tsc'),
    '-b',
    join(root, 'widgets/view'),
  ]);
  const folder = await mkdtemp(join(tmpdir(), 'furrow-views-'));
  const view = (name: string) => join(root, 'dist/widgets/view', `${name}.js`);
  const compiler = rspack({
    mode: 'development',
    devtool: false,
    context: root,
    entry: {
      parcelMap: {
        import: view('parcel-map'),
        library: { type: 'assign-properties', name: ['furrowViews', 'parcelMap'] },
      },
      seriesPlot: {
        import: view('series-plot'),
        library: { type: 'assign-properties', name: ['furrowViews', 'seriesPlot'] },
      },
      rasterPreview: {
        import: view('raster-preview'),
        library: { type: 'assign-properties', name: ['furrowViews', 'rasterPreview'] },
      },
    },
    output: { path: folder, filename: '[name].js' },
    optimization: { splitChunks: false },
    module: {
      rules: [
        { test: /\.css$/, use: ['style-loader', 'css-loader'], type: 'javascript/auto' },
        { test: /\.txt$/, type: 'asset/source' },
        { test: /\.m?js$/, type: 'javascript/auto' },
      ],
    },
  });
  try {
    await new Promise<void>((resolve, reject) => {
      compiler.run((error, stats) => {
        if (error) reject(error);
        else if (stats?.hasErrors()) reject(new BundleFailed(stats.toString({ all: false, errors: true })));
        else resolve();
      });
    });
    const parts = await Promise.all(
      ['parcelMap', 'seriesPlot', 'rasterPreview'].map((name) =>
        readFile(join(folder, `${name}.js`), 'utf8'),
      ),
    );
    return parts.join('\n;\n');
  } finally {
    compiler.close(() => {});
    await rm(folder, { recursive: true, force: true });
  }
}

/** The bundler found the views faulty. */
export class BundleFailed extends Error {
  override readonly name = 'BundleFailed';
}

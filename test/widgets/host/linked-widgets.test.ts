import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { InvalidArgument, type RasterTileSource } from '../../../src/index.ts';
import { attachPort } from '../../../widgets/host/attach-port.ts';
import { cropLegend } from '../../../widgets/host/crop-legend.ts';
import { ParcelMap } from '../../../widgets/host/parcel-map.ts';
import { RasterPreview } from '../../../widgets/host/raster-preview.ts';
import { SeriesPlot } from '../../../widgets/host/series-plot.ts';
import { type FarEnd, InProcessPort } from '../in-process-port.ts';
import { squareParcels } from '../sample-parcels.ts';
import { season } from '../sample-season.ts';

let port: InProcessPort;
beforeEach(() => {
  port = new InProcessPort();
  attachPort(port);
});

function farEnd(widget: { modelId: string }): FarEnd {
  return port.comms.get(widget.modelId) ?? assert.fail('no comm');
}

const custom = (content: object) => ({ method: 'custom', content });

function source(label: string, bounds: RasterTileSource['bounds'] = [5, 52, 6, 53]): RasterTileSource {
  return {
    bounds,
    label,
    date: '2026-06-01',
    tileSize: 256,
    maxZoom: 14,
    tile: async (z, x, y) => new Uint8Array([z, x, y]),
  };
}

describe('widgets linked by their selections', () => {
  test('a click on the map loads a season, a click on a date opens its image', async () => {
    const parcels = squareParcels(3);
    const map = new ParcelMap({ parcels });
    const asked: number[] = [];
    const plot = new SeriesPlot({
      parcels: map.selection,
      load: async (pid) => {
        asked.push(pid);
        return { points: season(6) };
      },
    });
    const preview = new RasterPreview({
      parcels,
      selection: map.selection,
      images: plot.selection,
      load: async (point) => source(point.itemId),
    });
    farEnd(map).deliver(custom({ kind: 'select-parcel', pid: 4 }));
    await turn();
    assert.deepEqual(asked, [4]);
    assert.equal(plot.get('status'), 'ready');
    assert.equal(plot.get('series')?.label, 'parcel 4');
    assert.equal(preview.get('selected'), 4);
    assert.notEqual(preview.get('focus'), null);
    farEnd(plot).deliver(custom({ kind: 'select-date', revision: plot.get('revision'), point: 2 }));
    await turn();
    assert.equal(plot.selection.value?.itemId, 'item-2');
    assert.equal(preview.get('layer')?.label, 'item-2');
    const far = farEnd(preview);
    far.deliver(custom({ kind: 'tile', id: 'x', source: 'raster:1', z: 3, x: 1, y: 2 }));
    await turn();
    assert.deepEqual([...(far.sent.at(-1)?.buffers[0] ?? [])], [3, 1, 2]);
  });

  test('a slow answer for an earlier parcel is dropped and its work aborted', async () => {
    const map = new ParcelMap({ parcels: squareParcels(3) });
    const pending: { pid: number; signal: AbortSignal; done: (points: ReturnType<typeof season>) => void }[] =
      [];
    const plot = new SeriesPlot({
      parcels: map.selection,
      load: (pid, { signal }) =>
        new Promise<{ points: ReturnType<typeof season> }>((resolve) =>
          pending.push({ pid, signal, done: (points) => resolve({ points }) }),
        ),
    });
    map.select(1);
    map.select(2);
    assert.equal(plot.get('status'), 'loading');
    assert.equal(pending[0]?.signal.aborted, true);
    pending[1]?.done(season(3));
    await turn();
    pending[0]?.done(season(9));
    await turn();
    assert.equal(plot.get('series')?.datetime.length, 3);
  });

  test('a click on an older drawing chooses nothing', () => {
    const plot = new SeriesPlot({ series: { points: season(5) } });
    const first = plot.get('revision');
    plot.show({ points: season(4) }, 'other');
    farEnd(plot).deliver(custom({ kind: 'select-date', revision: first, point: 1 }));
    assert.equal(plot.selection.value, undefined);
  });

  test('a failed season is told in the plot', async () => {
    const map = new ParcelMap({ parcels: squareParcels(2) });
    const plot = new SeriesPlot({
      parcels: map.selection,
      load: async () => {
        throw new InvalidArgument('the store is closed');
      },
    });
    const before = console.error;
    console.error = () => {};
    map.select(1);
    await turn();
    console.error = before;
    assert.equal(plot.get('status'), 'error');
    assert.match(plot.get('message'), /the store is closed/);
  });

  test('a parcel that the set does not have cannot be selected', () => {
    const map = new ParcelMap({ parcels: squareParcels(2) });
    assert.throws(() => map.select(99), InvalidArgument);
    const before = console.error;
    console.error = () => {};
    farEnd(map).deliver(custom({ kind: 'select-parcel', pid: 99 }));
    farEnd(map).deliver(custom({ kind: 'select-parcel', pid: '1' }));
    console.error = before;
    assert.equal(map.selection.value, undefined);
  });

  test('dates are put in order and cloudy ones marked; what is no number travels as null', () => {
    const points = [...season(8)].reverse();
    const plot = new SeriesPlot({ series: { points } });
    const columns = plot.get('series') ?? assert.fail();
    assert.deepEqual(columns.datetime, [...columns.datetime].sort());
    assert.deepEqual(
      columns.cloudy,
      season(8).map(({ clear }) => clear < 0.5),
    );
    assert.equal(columns.median[3], null);
  });

  test('closed widgets follow nothing any more', async () => {
    const map = new ParcelMap({ parcels: squareParcels(2) });
    let loads = 0;
    const plot = new SeriesPlot({ parcels: map.selection, load: async () => ({ points: season(++loads) }) });
    plot.close();
    map.select(1);
    await turn();
    assert.equal(loads, 0);
  });

  test('options that do not fit together are refused', () => {
    const map = new ParcelMap({ parcels: squareParcels(2) });
    assert.throws(() => new SeriesPlot({ parcels: map.selection }), InvalidArgument);
    assert.throws(() => new RasterPreview({ opacity: 2 }), InvalidArgument);
    assert.throws(() => new ParcelMap({ parcels: squareParcels(2), height: 1e9 }), InvalidArgument);
  });
});

describe('the legend of crops', () => {
  test('counts crops, largest first, each in a colour of its own', () => {
    const legend = cropLegend(squareParcels(4));
    assert.deepEqual(legend.map(({ name, count }) => [name, count])[0], ['wheat', 4]);
    assert.equal(new Set(legend.map(({ color }) => color)).size, legend.length);
  });

  test('takes the colours of a palette and refuses what is none', () => {
    assert.equal(cropLegend(squareParcels(4), { wheat: 'rgb(230, 194, 41)' })[0]?.color, 'rgb(230, 194, 41)');
    assert.throws(() => cropLegend(squareParcels(4), { wheat: 'url(//evil)' }), InvalidArgument);
  });
});

test('an image shown elsewhere is moved to, one over the focus is not', () => {
  const preview = new RasterPreview({ source: source('first') });
  preview.show(source('wider', [4, 51, 7, 54]));
  assert.deepEqual(preview.get('focus'), [5, 52, 6, 53]);
  preview.show(source('elsewhere', [20, 40, 21, 41]));
  assert.deepEqual(preview.get('focus'), [20, 40, 21, 41]);
});

test('the models of maps, plots and previews are closed with them', () => {
  const parcels = squareParcels(3);
  const map = new ParcelMap({ parcels });
  const plot = new SeriesPlot({ parcels: map.selection, load: async () => ({ points: season(2) }) });
  for (const widget of [map, plot, new RasterPreview()]) {
    const { layout } = widget;
    widget.close();
    assert.equal(layout.closed, true, String(widget));
  }
});

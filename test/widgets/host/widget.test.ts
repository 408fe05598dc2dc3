import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { InvalidArgument, Unsupported } from '../../../src/index.ts';
import { attachPort } from '../../../widgets/host/attach-port.ts';
import { setCommPort } from '../../../widgets/host/comm-port.ts';
import { HBox, VBox } from '../../../widgets/host/controls/box.ts';
import { Button } from '../../../widgets/host/controls/button.ts';
import { Dropdown } from '../../../widgets/host/controls/dropdown.ts';
import { IntSlider } from '../../../widgets/host/controls/int-slider.ts';
import { Layout } from '../../../widgets/host/layout.ts';
import { Widget } from '../../../widgets/host/widget.ts';
import { packState } from '../../../widgets/host/wire-state.ts';
import { type FarEnd, InProcessPort } from '../in-process-port.ts';

let port: InProcessPort;
beforeEach(() => {
  port = new InProcessPort();
  attachPort(port);
});

function farEnd(widget: { modelId: string }): FarEnd {
  const far = port.comms.get(widget.modelId);
  assert.ok(far);
  return far;
}

/** Runs with the console's error stream kept away, and gives what was written. */
function quietly(act: () => void): string[] {
  const written: string[] = [];
  const before = console.error;
  console.error = (...parts: unknown[]) => written.push(parts.map(String).join(' '));
  try {
    act();
  } finally {
    console.error = before;
  }
  return written;
}

class Pixels extends Widget<{ image: Uint8Array; parts: readonly (number | Uint8Array)[] }> {
  constructor(image: Uint8Array, parts: readonly (number | Uint8Array)[]) {
    super(
      { module: 'furrow', version: '0.1.0', model: 'PixelsModel', view: 'PixelsView' },
      { image, parts },
      {
        image: (value) => {
          if (!(value instanceof Uint8Array)) throw new InvalidArgument('bytes are expected');
          return value;
        },
      },
    );
  }
}

describe('a widget', () => {
  test('opens a comm with its whole state and the protocol version', () => {
    const slider = new IntSlider({ value: 7, max: 10 });
    const { target, opened, metadata } = farEnd(slider);
    assert.equal(target, 'jupyter.widget');
    assert.deepEqual(metadata, { version: '2.1.0' });
    const state = opened.data.state as Record<string, unknown>;
    assert.equal(state._model_name, 'IntSliderModel');
    assert.equal(state._view_module, '@jupyter-widgets/controls');
    assert.equal(state._model_module_version, '2.0.0');
    assert.equal(state.value, 7);
    assert.match(String(state.layout), /^IPY_MODEL_comm-\d+$/);
    assert.match(String(state.style), /^IPY_MODEL_comm-\d+$/);
    slider.close();
  });

  test('shows itself by its model id', () => {
    const slider = new IntSlider();
    const bundle = slider[Symbol.for('Jupyter.display') as keyof IntSlider] as unknown as () => Record<
      string,
      unknown
    >;
    assert.deepEqual(bundle.call(slider), {
      'text/plain': 'IntSlider',
      'application/vnd.jupyter.widget-view+json': {
        model_id: slider.modelId,
        version_major: 2,
        version_minor: 0,
      },
    });
  });

  test('takes a value from the browser, echoes it and tells observers once', () => {
    const slider = new IntSlider();
    const seen: unknown[] = [];
    slider.observe('value', ({ value, previous }) => void seen.push([previous, value]));
    const far = farEnd(slider);
    far.deliver({ method: 'update', state: { value: 42 }, buffer_paths: [] });
    assert.equal(slider.value, 42);
    assert.deepEqual(seen, [[0, 42]]);
    assert.deepEqual(
      far.sent.map(({ data }) => data),
      [{ method: 'echo_update', state: { value: 42 }, buffer_paths: [] }],
    );
  });

  test('refuses a value out of range from the browser and sends the one in force', () => {
    const slider = new IntSlider({ value: 3, max: 10 });
    const far = farEnd(slider);
    const written = quietly(() => {
      far.deliver({ method: 'update', state: { value: 11 } });
      far.deliver({ method: 'update', state: { value: '5' } });
      far.deliver({ method: 'update', state: { max: 1000 } });
    });
    assert.equal(slider.value, 3);
    assert.equal(slider.get('max'), 10);
    assert.equal(written.length, 2);
    assert.deepEqual(
      far.sent.map(({ data }) => data.state),
      [{ value: 3 }, { value: 3 }],
    );
  });

  test('refuses a wrong value in the kernel by an error', () => {
    const slider = new IntSlider({ max: 10 });
    assert.throws(() => {
      slider.value = 11;
    }, InvalidArgument);
    assert.throws(() => new IntSlider({ min: 5, max: 1 }), InvalidArgument);
    assert.throws(() => new IntSlider({ value: 101 }), InvalidArgument);
  });

  test('sends what the kernel changed, and nothing when nothing changed', () => {
    const slider = new IntSlider();
    slider.value = 5;
    slider.value = 5;
    assert.deepEqual(
      farEnd(slider).sent.map(({ data }) => data),
      [{ method: 'update', state: { value: 5 }, buffer_paths: [] }],
    );
  });

  test('answers request_state with every key', () => {
    const slider = new IntSlider({ value: 9 });
    const far = farEnd(slider);
    far.deliver({ method: 'request_state' });
    const state = far.sent[0]?.data.state as Record<string, unknown>;
    assert.equal(state.value, 9);
    assert.equal(state._view_name, 'IntSliderView');
  });

  test('carries binary values as buffers in both directions', () => {
    const widget = new Pixels(new Uint8Array([1, 2]), [1, new Uint8Array([3])]);
    const far = farEnd(widget);
    assert.deepEqual(far.opened.data.buffer_paths, [['image'], ['parts', 1]]);
    assert.deepEqual(
      far.opened.buffers.map((buffer) => [...buffer]),
      [[1, 2], [3]],
    );
    assert.deepEqual((far.opened.data.state as Record<string, unknown>).parts, [1, null]);
    far.deliver({ method: 'update', state: {}, buffer_paths: [['image']] }, [new Uint8Array([9, 9, 9])]);
    assert.deepEqual([...widget.get('image')], [9, 9, 9]);
  });

  test('survives hostile messages', () => {
    const widget = new Pixels(new Uint8Array(1), []);
    const far = farEnd(widget);
    const hostile = [
      null,
      'text',
      { method: 'evil' },
      { method: 'update' },
      { method: 'update', state: {}, buffer_paths: [['__proto__', 'polluted']] },
      { method: 'update', state: {}, buffer_paths: [[]] },
      { method: 'update', state: {}, buffer_paths: [['image'], ['image']] },
      { method: 'custom', content: { kind: 'unknown' } },
    ];
    const written = quietly(() => {
      for (const message of hostile) far.deliver(message, [new Uint8Array(1)]);
    });
    assert.equal(written.length, hostile.length);
    assert.equal(({} as Record<string, unknown>).polluted, undefined);
    assert.equal(widget.closed, false);
  });

  test('a failing observer is reported and does not silence the next', () => {
    const slider = new IntSlider();
    let told = 0;
    slider.observe('value', () => {
      throw new InvalidArgument('mine');
    });
    slider.observe('value', () => void told++);
    const written = quietly(() => farEnd(slider).deliver({ method: 'update', state: { value: 1 } }));
    assert.equal(told, 1);
    assert.match(written.join(), /mine/);
  });

  test('is closed from either side', () => {
    const slider = new IntSlider();
    slider.close();
    assert.equal(farEnd(slider).closed, true);
    const button = new Button();
    farEnd(button).closeFromBrowser();
    assert.equal(button.closed, true);
  });

  test('a browser cannot set what only a prototype has', () => {
    const slider = new IntSlider();
    const far = farEnd(slider);
    far.deliver({ method: 'update', state: { constructor: 5, toString: 'x', valueOf: 1, value: 2 } });
    assert.equal(slider.value, 2);
    assert.equal(slider.toString(), 'IntSlider');
    assert.deepEqual(
      Object.keys(slider.fullState()).filter((key) => key in Object.prototype),
      [],
    );
    assert.deepEqual(
      far.sent.map(({ data }) => data.state),
      [{ value: 2 }],
    );
  });

  test('a key named __proto__ travels as a key', () => {
    const { state } = packState({ data: JSON.parse('{"__proto__": {"a": 1}}') });
    assert.equal(JSON.stringify(state), '{"data":{"__proto__":{"a":1}}}');
  });

  test('closes the models that it made itself, and no others', () => {
    const layout = new Layout({ width: '50%' });
    for (const close of [
      (widget: IntSlider) => widget.close(),
      (widget: IntSlider) => farEnd(widget).closeFromBrowser(),
    ]) {
      const [own, given] = [new IntSlider(), new IntSlider({ layout })];
      const models = [own.layout, own.get('style'), given.get('style')];
      close(own);
      close(given);
      assert.deepEqual(
        models.map(({ closed }) => closed),
        [true, true, true],
      );
    }
    assert.equal(layout.closed, false);
  });

  test('needs a kernel', () => {
    setCommPort(undefined);
    assert.throws(() => new IntSlider(), Unsupported);
  });
});

describe('the control target', () => {
  test('answers with the state of every open model, children before their parents', () => {
    const box = new VBox([new IntSlider(), new Pixels(new Uint8Array([5]), [])]);
    const closed = new Button();
    closed.close();
    const control = port.openFromBrowser('jupyter.widget.control');
    control.deliver({ method: 'request_states' });
    const { data, buffers } = control.sent[0] ?? assert.fail('no answer');
    const states = data.states as Record<string, { model_name: string; state: Record<string, unknown> }>;
    assert.equal(data.method, 'update_states');
    assert.equal(states[box.modelId]?.model_name, 'VBoxModel');
    assert.equal(closed.modelId in states, false);
    const ids = Object.keys(states);
    const children = box.children.map(({ modelId }) => modelId);
    assert.deepEqual(
      states[box.modelId]?.state.children,
      children.map((id) => `IPY_MODEL_${id}`),
    );
    for (const id of children) assert.ok(ids.indexOf(id) < ids.indexOf(box.modelId));
    const paths = data.buffer_paths as unknown[][];
    assert.deepEqual(paths.at(-1), [children[1], 'state', 'image']);
    assert.deepEqual([...(buffers.at(-1) ?? [])], [5]);
  });
});

describe('the standard controls', () => {
  test('a dropdown gives values, not labels', () => {
    const dropdown = new Dropdown({
      options: [
        ['NDVI', 'ndvi'],
        ['NDWI', 'ndwi'],
      ],
      value: 'ndwi',
    });
    assert.equal(dropdown.value, 'ndwi');
    farEnd(dropdown).deliver({ method: 'update', state: { index: 0 } });
    assert.equal(dropdown.value, 'ndvi');
    assert.throws(() => {
      dropdown.value = 'evi';
    }, InvalidArgument);
    quietly(() => farEnd(dropdown).deliver({ method: 'update', state: { index: 2 } }));
    assert.equal(dropdown.value, 'ndvi');
  });

  test('a button tells every listener of a click', () => {
    let clicks = 0;
    const button = new Button({ description: 'Go', onClick: () => void clicks++ });
    const stop = button.onClick(() => void (clicks += 10));
    farEnd(button).deliver({ method: 'custom', content: { event: 'click' } });
    stop();
    farEnd(button).deliver({ method: 'custom', content: { event: 'click' } });
    assert.equal(clicks, 12);
  });

  test('a box refers to its children', () => {
    const slider = new IntSlider();
    const box = new HBox([slider]);
    const state = farEnd(box).opened.data.state as Record<string, unknown>;
    assert.deepEqual(state.children, [`IPY_MODEL_${slider.modelId}`]);
    box.children = [];
    assert.deepEqual(farEnd(box).sent[0]?.data.state, { children: [] });
  });
});

import { isRecord } from '../shared/json.ts';
import { controlTarget } from '../shared/protocol.ts';
import { type CommHandle, type CommPort, setCommPort } from './comm-port.ts';
import { liveModels } from './live-models.ts';
import { reportFailure } from './report-failure.ts';
import { packState } from './wire-state.ts';

/** Answers `request_states` of the target `jupyter.widget.control` (version 1.0.0) with the state of every model. */
function serveControl(comm: CommHandle): void {
  comm.onMessage((data) => {
    if (!isRecord(data) || data.method !== 'request_states') {
      reportFailure(
        'a widget control message',
        `unknown method ${isRecord(data) ? String(data.method) : data}`,
      );
      return;
    }
    const states: Record<string, object> = {};
    for (const model of liveModels()) {
      const state = model.fullState();
      states[model.modelId] = {
        model_name: state._model_name,
        model_module: state._model_module,
        model_module_version: state._model_module_version,
        state,
      };
    }
    const { state, bufferPaths, buffers } = packState(states);
    comm.send({ method: 'update_states', states: state, buffer_paths: bufferPaths }, { buffers });
  });
}

/**
 * Connects widgets to a kernel; the prelude calls it once, before the first cell. After a reload of the page the front end
 * asks the control target for all models, so widgets come back.
 */
export function attachPort(port: CommPort): void {
  setCommPort(port);
  port.registerTarget(controlTarget, serveControl);
}

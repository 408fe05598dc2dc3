import type { CommKind } from '../cell/protocol.ts';
import type { CellSession } from '../cell-session.ts';
import type { CommRegistry } from '../comms.ts';
import type { Request } from '../dispatch.ts';
import { KernelError } from '../errors.ts';
import { fieldsOf } from '../validate.ts';

/**
 * Handles `comm_open`, `comm_msg` and `comm_close`: the cell process gets them at once, also while a cell runs.
 * Resolves when their callbacks are done. Malformed ones and those for comms that are not open have no effect, as the
 * protocol has no reply for them.
 */
export function handleComm(cells: CellSession, comms: CommRegistry): (request: Request) => Promise<void> {
  return async (request) => {
    const kind = request.header.msg_type.slice('comm_'.length) as CommKind;
    const message = read(request, kind, comms);
    if (!message) return;
    const { commId, target, data } = message;
    if (kind === 'open') comms.open(commId, target);
    if (kind === 'close') comms.close(commId);
    const { number, metadata, buffers } = request;
    await cells.deliver({ type: 'comm', request: number, kind, commId, target, data, metadata, buffers });
  };
}

function read(request: Request, kind: CommKind, comms: CommRegistry) {
  try {
    const fields = fieldsOf(request);
    const commId = fields.text('comm_id');
    const target = kind === 'open' ? fields.text('target_name') : comms.targetOf(commId);
    const data = fields.object('data', {});
    const known = comms.targetOf(commId) !== undefined;
    return target === undefined || (kind === 'open' && known) ? undefined : { commId, target, data };
  } catch (error) {
    if (error instanceof KernelError) return undefined;
    throw error;
  }
}

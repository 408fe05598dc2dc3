import type { CommRegistry } from '../comms.ts';
import type { Handler } from '../dispatch.ts';
import { fieldsOf } from '../validate.ts';

/** Answers `comm_info_request`: the open comms, of one target or all. */
export function answerCommInfo(comms: CommRegistry): Handler {
  return (request) => {
    const fields = fieldsOf(request);
    return { comms: comms.list(fields.has('target_name') ? fields.text('target_name') : undefined) };
  };
}

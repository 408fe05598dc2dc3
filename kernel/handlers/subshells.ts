import type { Handler } from '../dispatch.ts';
import { fieldsOf } from '../validate.ts';

/** What the requests about subshells do. */
export interface SubshellDesk {
  createSubshell(): string;
  listSubshells(): string[];
  deleteSubshell(id: string): void;
}

/** Answers `create_subshell_request`, `list_subshell_request` and `delete_subshell_request`. */
export function answerSubshells(desk: SubshellDesk): Record<string, Handler> {
  return {
    create_subshell_request: () => ({ subshell_id: desk.createSubshell() }),
    list_subshell_request: () => ({ subshell_id: desk.listSubshells() }),
    delete_subshell_request: (request) => {
      desk.deleteSubshell(fieldsOf(request).text('subshell_id'));
      return {};
    },
  };
}

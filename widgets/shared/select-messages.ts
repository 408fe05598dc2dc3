import { isRecord } from './json.ts';

/**
 * View to kernel: the user chose something. A custom message, not a state update: front ends hold state updates back
 * until the kernel is idle, and a choice made while a cell runs must arrive at once. The kernel answers with the new state.
 */
export interface SelectParcel {
  readonly kind: 'select-parcel';
  /** Null when the user clicked beside all parcels. */
  readonly pid: number | null;
}

/** View to kernel: the user chose a date of a series; `point` is its index in the state's `series`. */
export interface SelectDate {
  readonly kind: 'select-date';
  /** Of the series that was drawn: a click on an older drawing is told apart. */
  readonly revision: number;
  readonly point: number;
}

export function isSelectParcel(content: unknown): content is SelectParcel {
  if (!isRecord(content) || content.kind !== 'select-parcel') return false;
  return content.pid === null || Number.isSafeInteger(content.pid);
}

export function isSelectDate(content: unknown): content is SelectDate {
  if (!isRecord(content) || content.kind !== 'select-date') return false;
  return (
    Number.isSafeInteger(content.revision) &&
    Number.isSafeInteger(content.point) &&
    Number(content.point) >= 0
  );
}

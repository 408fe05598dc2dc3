/** Something that a view cannot draw: the kernel's answer or the browser's abilities are at fault; shown as text. */
export class ViewError extends Error {
  override readonly name = 'ViewError';
}

/** A request that nobody waits for any more; MapLibre and `fetch` know it by this name. */
export function abortError(): DOMException {
  return new DOMException('the request was cancelled', 'AbortError');
}

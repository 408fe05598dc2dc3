/** Tiles under way or waiting to be taken: each holds its decoded bytes, and other reads want zlib's four threads too. */
const MOST_ASIDE = 2;

/** Decoded tiles in the making beside the thread that reads them, by what they belong to. */
export class DecodeAside<Key> {
  readonly #begun = new Map<Key, Promise<Uint8Array>>();

  /** Begins a tile unless as many as may be are begun already; `start` answers undefined where it cannot be decoded aside. */
  begin(key: Key, start: () => Promise<Uint8Array> | undefined): void {
    if (this.#begun.size >= MOST_ASIDE || this.#begun.has(key)) return;
    const decoded = start();
    if (decoded === undefined) return;
    // An error is told to whoever takes the tile; after another error nobody does.
    decoded.catch(() => undefined);
    this.#begun.set(key, decoded);
  }

  /** What was begun, to be awaited; undefined where nothing was. */
  take(key: Key): Promise<Uint8Array> | undefined {
    const decoded = this.#begun.get(key);
    this.#begun.delete(key);
    return decoded;
  }
}

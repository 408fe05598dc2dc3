/** Seeded choices: the same seed makes the same messages. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** At least 0, below 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number, both bounds allowed. */
  integer(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.integer(0, items.length - 1)] as T;
  }

  /** One of these, each as often as its number says. */
  weighted<T>(items: readonly (readonly [number, T])[]): T {
    let left = this.next() * items.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, item] of items) if ((left -= weight) < 0) return item;
    return (items.at(-1) as readonly [number, T])[1];
  }

  /** Text of every kind that JSON carries: also lone surrogates, controls, and characters of two code units. */
  text(most = 12): string {
    let text = '';
    for (let left = this.integer(0, most); left > 0; left -= 1) text += this.pick(characters);
    return text;
  }

  /** Any JSON value. */
  json(levels = 3): unknown {
    const kind = this.integer(0, levels > 0 ? 7 : 5);
    if (kind === 6) return Array.from({ length: this.integer(0, 4) }, () => this.json(levels - 1));
    if (kind === 7) return this.object(levels - 1);
    return this.pick([null, this.chance(0.5), this.integer(-5, 5), this.next() * 1e9, this.text(), '']);
  }

  object(levels = 2): Record<string, unknown> {
    const entries = Array.from({ length: this.integer(0, 4) }, () => [
      this.chance(0.1) ? this.pick(oddNames) : this.text(6),
      this.json(levels),
    ]);
    return Object.fromEntries(entries) as Record<string, unknown>;
  }

  bytes(most: number): Buffer {
    return Buffer.from(Array.from({ length: this.integer(0, most) }, () => this.integer(0, 255)));
  }
}

/** Names that objects have anyway. */
export const oddNames = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'then',
  'toJSON',
  'length',
];

const characters = [
  ...'abcXYZ019 _$.,;:"\'`\\/%?!{}[]()<>=+-*&|~^#@\n\t',
  ...['\u0000', '\u001b', '\u00e9', '\u0301', '\u202e', '\u2028', '\ufeff', '\uffff', '\ud800', '\udfff'],
  ...['\u{1f600}', '\u{10ffff}', '\u5b57', '\u05d0'],
];

import type { Check } from '../suite.ts';

const mostShown = 40;

/** Counts tries by group; of those that went wrong it keeps what happened. */
export class Tally {
  readonly #groups = new Map<string, { tries: number; wrong: string[] }>();

  /** One try; `wrong` says what was seen instead of what should be. */
  try(group: string, wrong: string | undefined): void {
    const entry = this.#group(group);
    entry.tries += 1;
    if (wrong !== undefined) entry.wrong.push(wrong);
  }

  /** How many tries a group has had. */
  tries(group: string): number {
    return this.#groups.get(group)?.tries ?? 0;
  }

  /** One line a group, and one for each try that went wrong. */
  details(): Check[] {
    return [...this.#groups].flatMap(([name, { tries, wrong }]): Check[] => {
      if (wrong.length === 0) return [{ name: `${name}: ${tries} tries`, status: 'passed' }];
      return wrong.slice(0, mostShown).map((message) => ({ name, status: 'failed', message }));
    });
  }

  counts(): { readonly passed: number; readonly failed: number } {
    const groups = [...this.#groups.values()];
    const sum = (of: (group: (typeof groups)[number]) => number) =>
      groups.reduce((all, group) => all + of(group), 0);
    return {
      passed: sum(({ tries, wrong }) => tries - wrong.length),
      failed: sum(({ wrong }) => wrong.length),
    };
  }

  #group(name: string) {
    const found = this.#groups.get(name) ?? { tries: 0, wrong: [] };
    this.#groups.set(name, found);
    return found;
  }
}

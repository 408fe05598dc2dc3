/** Which comms are open, as the kernel answers `comm_info` even while the cell process is busy. */
export class CommRegistry {
  readonly #targets = new Map<string, string>();

  open(commId: string, target: string): void {
    this.#targets.set(commId, target);
  }

  close(commId: string): void {
    this.#targets.delete(commId);
  }

  /** The target of an open comm. */
  targetOf(commId: string): string | undefined {
    return this.#targets.get(commId);
  }

  /** Open comms, all or of one target, as `comm_info_reply` lists them. */
  list(target?: string): Record<string, { target_name: string }> {
    const listed: Record<string, { target_name: string }> = Object.create(null);
    for (const [id, name] of this.#targets)
      if (target === undefined || name === target) listed[id] = { target_name: name };
    return listed;
  }

  /** Forgets all, as their other ends are gone; their ids. */
  clear(): string[] {
    const ids = [...this.#targets.keys()];
    this.#targets.clear();
    return ids;
  }
}

/** Runs one task at a time for a changing input: a new input aborts the task of the one before. */
export class LatestTask {
  #controller: AbortController | undefined;

  /**
   * Runs the task; `done` or `failed` is called only if no newer one was started meanwhile.
   * Resolves when this task is over, whatever became of it.
   */
  async run<T>(
    task: (signal: AbortSignal) => Promise<T>,
    done: (result: T) => void,
    failed: (error: unknown) => void,
  ): Promise<void> {
    this.cancel();
    const controller = new AbortController();
    this.#controller = controller;
    try {
      const result = await task(controller.signal);
      if (!controller.signal.aborted) done(result);
    } catch (error) {
      if (!controller.signal.aborted) failed(error);
    }
  }

  cancel(): void {
    this.#controller?.abort();
    this.#controller = undefined;
  }
}

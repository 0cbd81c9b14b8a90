import { silentLogger, type Logger } from "./logger.js";

/**
 * Undo steps, run in reverse. Push the undo of each step as soon as the step is done; when all went
 * well, {@link CleanupStack.release} drops them, else disposing runs them.
 *
 * Every step runs even when an earlier one fails: failures are logged, and the first is thrown.
 */
export class CleanupStack implements AsyncDisposable {
  readonly #logger: Logger;
  #steps: { readonly name: string; readonly undo: () => unknown }[] = [];

  constructor(logger: Logger = silentLogger) {
    this.#logger = logger;
  }

  /** @param name completes "while ..." in the log, as in "stopping vmnet-helper" */
  defer(name: string, undo: () => unknown): void {
    this.#steps.push({ name, undo });
  }

  /** Forgets every step: what was done stays. */
  release(): void {
    this.#steps = [];
  }

  /**
   * For a `catch` block: runs every step, logs what fails, and never throws, so that the error which
   * led here stays the one that is seen.
   */
  async unwind(): Promise<void> {
    await this.#run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const failures = await this.#run();
    if (failures.length > 0) throw failures[0];
  }

  async #run(): Promise<unknown[]> {
    const failures: unknown[] = [];
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step.undo();
      } catch (error) {
        failures.push(error);
        this.#logger.warn(`clean-up failed while ${step.name}`, { error });
      }
    }
    return failures;
  }
}

/** Remembers that something happened until somebody asks: many events in between count as one. */
export class Latch {
  #isSet: boolean;
  #wake: (() => void) | undefined;

  constructor(isSet: boolean) {
    this.#isSet = isSet;
  }

  set(): void {
    this.#isSet = true;
    this.#wake?.();
  }

  /** Resolves when it is set, and clears it. For one caller at a time. */
  async take(): Promise<void> {
    if (!this.#isSet) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
    this.#isSet = false;
  }
}

import { abortedError } from "@vfkit-machine/host";
import { linkedController } from "./linked-controller.js";

/**
 * Runs steps side by side. When one fails the others are told to end, and nothing returns before all
 * have ended: what they were writing may then be deleted.
 *
 * @throws what the first step that failed threw
 */
export async function together(
  signal: AbortSignal | undefined,
  ...steps: ((signal: AbortSignal) => Promise<unknown>)[]
): Promise<void> {
  using controller = linkedController(signal);
  const failures: unknown[] = [];
  await Promise.all(
    steps.map(async (step) => {
      try {
        await step(controller.signal);
      } catch (error) {
        failures.push(error);
        controller.abort(error);
      }
    }),
  );
  if (failures.length === 0) return;
  throw signal?.aborted === true ? abortedError("making the machine", signal) : failures[0];
}

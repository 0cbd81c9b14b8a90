import { setMaxListeners } from "node:events";
import type { Socket } from "node:net";
import type { Clock } from "@vfkit-machine/host";
import { dial, type BannerConnection } from "./dial.js";
import { SshAttemptError } from "./errors.js";
import { overlapDelayMs } from "./retry-schedule.js";
import type { SshTarget } from "./types.js";

export interface UntilBannerOptions {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Milliseconds since the whole wait began. */
  readonly elapsedMs: () => number;
  readonly onStart: () => void;
  /** Called when a server has accepted a connection. */
  readonly onConnect: () => void;
  /** Called for each attempt that failed. @returns milliseconds until the next */
  readonly onFailure: (error: SshAttemptError) => number;
}

/**
 * Connects again and again until a server shows its banner. Attempts overlap: when the newest has
 * not failed yet but takes its time, another starts beside it, and the first banner wins. That
 * connection, too, ends when the signal aborts.
 *
 * @throws what is no failure of an attempt; the signal's reason when it aborts
 */
export function untilBanner(
  target: Pick<SshTarget, "host" | "port">,
  options: UntilBannerOptions,
): Promise<BannerConnection> {
  const { signal, clock, elapsedMs, onStart, onConnect, onFailure } = options;
  return new Promise((resolve, reject) => {
    const controller = new AbortController();
    // One listener for each attempt in flight: more than the ten at which Node.js suspects a leak.
    setMaxListeners(0, controller.signal);
    let newest = 0;
    let cancelNext: (() => void) | undefined;

    const end = (): void => {
      cancelNext?.();
      signal.removeEventListener("abort", onAbort);
      // The others lost.
      controller.abort();
    };
    const onAbort = (): void => {
      end();
      reject(signal.reason);
    };
    const startAfter = (ms: number): void => {
      cancelNext?.();
      cancelNext = clock.schedule(ms, () => void attempt());
    };
    const overlapAfter = (connected: boolean): void =>
      startAfter(overlapDelayMs({ connected, elapsedMs: elapsedMs() }));

    const attempt = async (): Promise<void> => {
      const number = ++newest;
      onStart();
      overlapAfter(false);
      try {
        const connection = await dial(target, {
          signal: controller.signal,
          clock,
          onConnect: () => {
            onConnect();
            overlapAfter(true);
          },
        });
        if (controller.signal.aborted) {
          connection.socket.destroy();
          return;
        }
        end();
        tie(connection.socket, signal);
        resolve(connection);
      } catch (error) {
        if (controller.signal.aborted) return;
        try {
          if (!(error instanceof SshAttemptError)) throw error;
          const delayMs = onFailure(error);
          // An older attempt has nothing to say about when the next begins.
          if (number === newest) startAfter(delayMs);
        } catch (unexpected) {
          end();
          reject(unexpected);
        }
      }
    };

    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    else void attempt();
  });
}

function tie(socket: Socket, signal: AbortSignal): void {
  const onAbort = (): void => void socket.destroy();
  signal.addEventListener("abort", onAbort, { once: true });
  socket.once("close", () => signal.removeEventListener("abort", onAbort));
}

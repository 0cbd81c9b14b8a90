import type { Host } from "@vfkit-machine/host";
import type { DriverEvent, DriverEventType } from "./events.js";

/** The data of one type of event. */
type EventDataOf<T extends DriverEventType> = Extract<DriverEvent, { type: T }>["data"];

/** One operation on one machine: its events carry the time since it began. */
export interface Operation {
  readonly machine: string;
  /** Milliseconds since the operation began. */
  elapsedMs(): number;
  emit<T extends DriverEventType>(type: T, data: EventDataOf<T>): void;
}

/** Begins an operation; the time runs from here. */
export function beginOperation(
  host: Host,
  machine: string,
  onEvent: ((event: DriverEvent) => void) | undefined,
): Operation {
  const began = host.clock.monotonicMs();
  const elapsedMs = (): number => host.clock.monotonicMs() - began;
  return {
    machine,
    elapsedMs,
    emit: (type, data) => {
      host.logger.debug(type, { machine, ...data });
      if (onEvent === undefined) return;
      const event = { type, machine, at: host.clock.now(), elapsedMs: elapsedMs(), data };
      try {
        onEvent(event as DriverEvent);
      } catch (error) {
        // A listener's failure must not leave a machine half started.
        host.logger.warn(`a listener failed at ${type}`, { machine, error });
      }
    },
  };
}

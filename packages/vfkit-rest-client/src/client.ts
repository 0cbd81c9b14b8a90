import { systemClock } from "@vfkit-machine/host/clock";
import { isMachineError, MachineError } from "@vfkit-machine/host/errors";
import { runBounded, type Cancellation } from "./cancellation.js";
import { Connection } from "./connection.js";
import { CALL_TIMEOUT_MS, MAX_BODY_BYTES } from "./defaults.js";
import { badResponse, excerpt } from "./errors.js";
import type { Answer } from "./exchange.js";
import { readErrorMessage, readInspect, readState } from "./read-state.js";
import { toAddress } from "./target.js";
import type {
  CallOptions,
  ChangeReply,
  ClientOptions,
  StateChange,
  StateReport,
  Target,
  VfkitClient,
} from "./types.js";
import { waitForState } from "./wait-for-state.js";

/**
 * Opens a client of the vfkit that listens, or will listen, at `target`. Nothing is connected yet.
 *
 * @throws MachineError `ERR_VFKIT_ADDRESS`
 */
export function openVfkitClient(target: Target, options: ClientOptions = {}): VfkitClient {
  const address = toAddress(target);
  const { maxBodyBytes = MAX_BODY_BYTES, clock = systemClock } = options;
  const connection = new Connection(address, maxBodyBytes);

  const call = <T>(
    what: string,
    { signal, timeoutMs = options.timeoutMs ?? CALL_TIMEOUT_MS }: CallOptions,
    work: (cancellation: Cancellation) => Promise<T>,
  ): Promise<T> => runBounded(`${what} ${address.text}`, { signal, timeoutMs, clock }, work);

  const get = async (path: string, callOptions: CallOptions): Promise<string> => {
    const answer = await call(`GET ${path} of`, callOptions, (cancellation) =>
      connection.ask({ method: "GET", path }, cancellation),
    );
    if (answer.status === 200) return answer.body;
    throw badResponse(`GET ${path} of ${address.text} answered ${answer.status}`, answer.body);
  };

  const getState = async (callOptions: CallOptions = {}): Promise<StateReport> =>
    readState(await get("/vm/state", callOptions));

  return {
    getState,
    requestState: async (change, callOptions = {}) => {
      const body = JSON.stringify({ state: change });
      try {
        const answer = await call(`${change} of`, callOptions, (cancellation) =>
          connection.askOnce({ method: "POST", path: "/vm/state", body }, cancellation),
        );
        return readChangeReply(change, address.text, answer);
      } catch (error) {
        const closed = isMachineError(error, "ERR_VFKIT_CONNECTION_CLOSED");
        if (closed && change === "HardStop") return { connectionClosed: true };
        throw error;
      }
    },
    inspect: async (callOptions = {}) => readInspect(await get("/vm/inspect", callOptions)),
    waitForState: (wanted, waitOptions) =>
      waitForState({ address: address.text, clock, getState }, wanted, waitOptions),
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}

function readChangeReply(change: StateChange, address: string, answer: Answer): ChangeReply {
  const { status, body } = answer;
  if (status >= 200 && status < 300) return { connectionClosed: false, status };
  const reason = readErrorMessage(body);
  if (status !== 500 && reason === undefined) {
    throw badResponse(`${change} of ${address} answered ${status}`, body);
  }
  throw new MachineError(`${address} refused ${change}: ${excerpt(reason ?? body)}`, {
    code: "ERR_VFKIT_CHANGE_REFUSED",
    hint:
      change === "Stop"
        ? "A paused machine cannot be asked to stop: resume it first, or use HardStop."
        : undefined,
  });
}

export { openVfkitClient } from "./client.js";
export type {
  AwaitableState,
  CallOptions,
  ChangeReply,
  ClientOptions,
  StateChange,
  StateReport,
  Target,
  VfkitClient,
  VmState,
  WaitForStateOptions,
} from "./types.js";

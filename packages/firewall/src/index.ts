export {
  parseAllowSigned,
  parseAppRule,
  parseBlockAll,
  parseGlobalState,
  saysManaged,
} from "./parse.js";
export { readFirewallState } from "./read.js";
export type { BootpdCause, BootpdRule, BootpdVerdict, FirewallState } from "./types.js";
export {
  unblockBootpd,
  unblockCommands,
  type UnblockOptions,
  type UnblockResult,
} from "./unblock.js";
export { isBootpdBlocked } from "./verdict.js";

export { runCommand, type Terminal } from "./command.js";
export { ENVIRONMENT, VFKIT_VERSION } from "./defaults.js";
export type { VfkitQemuErrorCode } from "./errors.js";
export { executablePath } from "./executable.js";
export { buildQemuArgv, type QemuPlan } from "./qemu-argv.js";
export type { ConsoleBackend, NetworkBackend, NetworkCard } from "./qemu-devices.js";
export { qemuPlatform, type Accelerator, type QemuPlatform } from "./qemu-platform.js";
export { requireSupported, type SupportedMachine } from "./refusals.js";

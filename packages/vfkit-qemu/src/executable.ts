import { fileURLToPath } from "node:url";

/**
 * The absolute path of the `vfkit-qemu` executable, for programs that start it without `PATH`: run it
 * with `process.execPath`, or link to it under the name `vfkit`.
 */
export const executablePath: string = fileURLToPath(new URL("main.js", import.meta.url));

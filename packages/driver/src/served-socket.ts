import { systemErrorCode } from "@vfkit-machine/host";
import { lstat } from "node:fs/promises";
import { connect } from "node:net";
import { TIMES } from "./defaults.js";

/** Does anybody serve the socket at this path? A socket that nobody serves refuses at once. */
export async function isServed(path: string): Promise<boolean> {
  try {
    // Anything else with that name is connected to by nobody.
    if (!(await lstat(path)).isSocket()) return false;
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return false;
    throw error;
  }
  return answers(path);
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    const end = (answer: boolean) => (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", end(true));
    // Refused: nobody there. A full backlog (EAGAIN on Linux) is a server that is busy.
    socket.once("error", (error) => end(systemErrorCode(error) === "EAGAIN")());
    socket.setTimeout(TIMES.probeMs, end(true));
  });
}

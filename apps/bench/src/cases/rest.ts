import { openVfkitClient } from "@vfkit-machine/vfkit-rest-client";
import { fork } from "node:child_process";
import { once } from "node:events";
import { createConnection, type Socket } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Benchmark, Row } from "../row.js";
import { withScratch } from "../scratch.js";
import { alternate } from "../statistics.js";

const ROUNDS = 2_000;
const US_PER_MS = 1000;

export const rest: Benchmark = {
  name: "vfkit-rest-client",
  home: "packages/vfkit-rest-client",
  unavailable: async () => undefined,
  run: async () =>
    withScratch(async (directory) => {
      const socketPath = join(directory, "rest.sock");
      const server = fork(fileURLToPath(new URL("../children/canned-server.js", import.meta.url)), [
        socketPath,
      ]);
      try {
        await once(server, "message");
        return [await measure(socketPath)];
      } finally {
        server.kill();
        await once(server, "exit");
      }
    }),
};

async function measure(socketPath: string): Promise<Row> {
  await using client = openVfkitClient({ socketPath });
  const socket = createConnection(socketPath);
  await once(socket, "connect");
  const [ours = 0, bare = 0] = await alternate(
    ROUNDS,
    () => client.getState(),
    () => exchange(socket),
  );
  socket.destroy();
  return {
    work: "REST state call on a warm client",
    against: "the same bytes over a bare net socket",
    ours: ours * US_PER_MS,
    rival: bare * US_PER_MS,
    unit: "us",
    reach: "<= 3 x",
    reached: ours <= bare * 3,
  };
}

async function exchange(socket: Socket): Promise<void> {
  socket.write("GET /vm/state HTTP/1.1\r\nhost: localhost\r\n\r\n");
  await once(socket, "data");
}

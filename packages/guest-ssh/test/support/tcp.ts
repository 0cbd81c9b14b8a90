import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";

export interface Listener extends AsyncDisposable {
  readonly port: number;
  /** Connections accepted so far. */
  readonly accepted: () => number;
  /** Settles when no connection is open. */
  readonly idle: () => Promise<void>;
}

/** A TCP server on loopback that treats every connection alike; all are cut at the end. */
export async function listen(onConnection: (socket: Socket) => void, port = 0): Promise<Listener> {
  const sockets = new Map<Socket, Promise<unknown>>();
  let accepted = 0;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    accepted++;
    socket.on("error", () => undefined);
    const closed = new Promise((resolve) => {
      socket.once("close", resolve);
    });
    sockets.set(
      socket,
      closed.then(() => sockets.delete(socket)),
    );
    onConnection(socket);
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    port: portOf(server),
    accepted: () => accepted,
    idle: async () => {
      await Promise.all(sockets.values());
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets.keys()) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** A port on which nobody listens now. */
export async function freePort(): Promise<number> {
  await using listener = await listen(() => undefined);
  return listener.port;
}

function portOf(server: Server | { address(): AddressInfo | string | null }): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not a TCP server");
  return address.port;
}

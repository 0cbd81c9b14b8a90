import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { signalProcess } from "@vfkit-machine/host";
import ssh2, { type Connection, type ServerChannel, type Session } from "ssh2";
import { generateKeyPair, type SshTarget } from "../../src/index.js";

const { Server, utils } = ssh2;

export interface FakeGuestOptions {
  /** Lines of authorized_keys, or what reads them at each login. */
  readonly authorizedKeys: readonly string[] | (() => readonly string[]);
  readonly port?: number;
  /** Private key files; default one new Ed25519 key. */
  readonly hostKeys?: readonly string[];
  /** Called with the channel instead of running the command with sh. */
  readonly onExec?: ((command: string, channel: ServerChannel) => void) | undefined;
  /** Refuses every command. */
  readonly refuseExec?: boolean;
  /** An interactive shell, when a terminal was asked for. */
  readonly onShell?: ((channel: ServerChannel) => void) | undefined;
}

/** An SSH server in this process, on loopback: the user is `docker`, commands run with `sh`. */
export interface FakeGuest extends AsyncDisposable {
  readonly port: number;
  /** Logins accepted and refused. */
  readonly logins: { accepted: number; refused: number };
  readonly authMethods: string[];
  /** Settles when no connection is open. */
  readonly idle: () => Promise<void>;
  /** Cuts every connection. */
  readonly cut: () => void;
}

export async function startFakeGuest(options: FakeGuestOptions): Promise<FakeGuest> {
  const { hostKeys = [generateKeyPair().privateKey], port = 0 } = options;
  const connections = new Map<Connection, Promise<unknown>>();
  const children = new Set<ChildProcess>();
  const { authorizedKeys: keys } = options;
  const authorizedKeys = typeof keys === "function" ? keys : () => keys;
  const logins = { accepted: 0, refused: 0 };
  const authMethods: string[] = [];
  const server = new Server({ hostKeys: [...hostKeys] }, (connection) => {
    // Its types do not know that it tells of its end in every case.
    const closed = new Promise((resolve) => {
      (connection as NodeJS.EventEmitter).once("close", resolve);
    });
    connections.set(
      connection,
      closed.then(() => connections.delete(connection)),
    );
    connection.on("error", () => undefined);
    connection.on("authentication", (context) => {
      authMethods.push(context.method);
      const known =
        context.username === "docker" &&
        context.method === "publickey" &&
        authorizedKeys().some((line) => {
          const key = utils.parseKey(line);
          if (key instanceof Error || !key.getPublicSSH().equals(context.key.data)) return false;
          return (
            context.signature === undefined ||
            (context.blob !== undefined &&
              isValid(key.verify(context.blob, context.signature, context.hashAlgo)))
          );
        });
      if (!known) {
        logins.refused++;
        context.reject(["publickey"]);
        return;
      }
      if (context.signature !== undefined) logins.accepted++;
      context.accept();
    });
    connection.on("session", (accept) => serve(accept(), options, children));
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const cut = (): void => {
    for (const connection of connections.keys()) connection.end();
  };
  return {
    port: (server.address() as AddressInfo).port,
    logins,
    authMethods,
    idle: async () => {
      await Promise.all(connections.values());
    },
    cut,
    [Symbol.asyncDispose]: async () => {
      for (const { pid } of children) if (pid !== undefined) signalProcess(-pid, "SIGKILL");
      server.close();
      cut();
      await Promise.all(connections.values());
    },
  };
}

/** Its types do not know that it answers a broken signature with an error. */
const isValid = (verdict: unknown): boolean => verdict === true;

function serve(session: Session, options: FakeGuestOptions, children: Set<ChildProcess>): void {
  session.on("pty", (accept) => accept?.());
  session.on("env", (accept) => accept?.());
  session.on("shell", (accept) => {
    const channel = accept();
    options.onShell?.(channel);
  });
  session.on("exec", (accept, reject, { command }) => {
    if (options.refuseExec === true) {
      reject();
      return;
    }
    const channel = accept();
    if (options.onExec !== undefined) {
      options.onExec(command, channel);
      return;
    }
    // A group of its own, so that what it starts ends with it.
    const child = spawn("/bin/sh", ["-c", command], { detached: true });
    children.add(child);
    channel.pipe(child.stdin);
    // The client may have closed the channel while the command still writes.
    for (const stream of [child.stdin, channel, channel.stderr]) {
      stream.on("error", () => undefined);
    }
    child.stdout.pipe(channel, { end: false });
    child.stderr.pipe(channel.stderr, { end: false });
    child.on("close", (code, signal) => {
      children.delete(child);
      if (signal === null) channel.exit(code ?? 0);
      else channel.exit(signal.replace(/^SIG/, ""), false, "");
      channel.end();
    });
  });
}

/** A target for a guest on loopback, with its files in `directory`. */
export function targetIn(directory: string, port: number): SshTarget {
  return {
    host: "127.0.0.1",
    port,
    user: "docker",
    privateKeyPath: `${directory}/id_ed25519`,
    knownHostsPath: `${directory}/known_hosts`,
    hostKeyAlias: "Dev-1",
  };
}

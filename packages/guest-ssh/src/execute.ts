import { Readable } from "node:stream";
import { MachineError, withDeadline, type Clock } from "@vfkit-machine/host";
import type { Client, ClientChannel } from "ssh2";
import { MAX_OUTPUT_BYTES, RUN_TIMEOUT_MS } from "./defaults.js";
import { commandRefused, connectionLost, outputTooLarge } from "./command-errors.js";
import { describeTarget } from "./errors.js";
import { keepOutput, type Output } from "./output.js";
import type { SshCommandOptions, SshCommandResult, SshTarget } from "./types.js";

/** Runs one command over a connection. Errors: see {@link runCommand}. */
export async function execute(
  client: Client,
  target: SshTarget,
  command: string,
  options: SshCommandOptions,
  clock: Clock,
): Promise<SshCommandResult> {
  assertCommand(command);
  const { signal, timeoutMs = RUN_TIMEOUT_MS } = options;
  const what = `${describeTarget(target)}: ${command}`;
  return withDeadline(what, { signal, timeoutMs, clock }, async (ended) => {
    const channel = await openChannel(client, target, command);
    return collect(channel, { target, command, options, ended });
  });
}

function openChannel(client: Client, target: SshTarget, command: string): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    const onClose = (): void => reject(connectionLost(target, command));
    client.once("close", onClose);
    const fail = (error: unknown): void => {
      const lost = error instanceof Error && /Not connected|No response/.test(error.message);
      reject(
        lost ? connectionLost(target, command, error) : commandRefused(target, command, error),
      );
    };
    try {
      client.exec(command, (error, channel) => {
        client.off("close", onClose);
        if (error === undefined) resolve(channel);
        else fail(error);
      });
    } catch (error) {
      client.off("close", onClose);
      fail(error);
    }
  });
}

interface Collection {
  readonly target: SshTarget;
  readonly command: string;
  readonly options: SshCommandOptions;
  readonly ended: AbortSignal;
}

function collect(
  channel: ClientChannel,
  { target, command, options, ended }: Collection,
): Promise<SshCommandResult> {
  const { maxOutputBytes = MAX_OUTPUT_BYTES, onStdout, onStderr } = options;
  return new Promise((resolve, reject) => {
    const source = sourceOf(options.stdin);
    const settle = (): void => {
      ended.removeEventListener("abort", onAbort);
      source?.destroy();
    };
    const fail = (error: unknown): void => {
      settle();
      channel.close();
      reject(error);
    };
    const onAbort = (): void => fail(ended.reason);
    const stdout = keepOutput(maxOutputBytes, onStdout);
    const stderr = keepOutput(maxOutputBytes, onStderr);
    const take = (output: Output, chunk: Buffer): void => {
      try {
        if (!output.take(chunk)) fail(outputTooLarge(target, command, maxOutputBytes));
      } catch (error) {
        // The caller's own function threw.
        fail(error);
      }
    };
    const onClose = (code?: number | null, exitSignal?: string): void => {
      settle();
      if (code === undefined) {
        reject(connectionLost(target, command));
        return;
      }
      resolve({
        argv: ["ssh", target.hostKeyAlias, command],
        exitCode: code ?? undefined,
        signal: code === null ? exitSignal : undefined,
        stdout: stdout.text(),
        stderr: stderr.text(),
      });
    };

    ended.addEventListener("abort", onAbort, { once: true });
    channel.on("data", (chunk: Buffer) => take(stdout, chunk));
    channel.stderr.on("data", (chunk: Buffer) => take(stderr, chunk));
    channel.on("error", fail);
    // `close` follows the end of stdout only: wait for the end of stderr too.
    const stderrEnded = new Promise<void>((done) => channel.stderr.once("end", done));
    channel.on("close", (...end: [code?: number | null, exitSignal?: string]) => {
      void stderrEnded.then(() => onClose(...end));
    });
    source?.on("error", fail);
    if (source === undefined) channel.end();
    else source.pipe(channel);
    if (ended.aborted) onAbort();
  });
}

function sourceOf(stdin: SshCommandOptions["stdin"]): Readable | undefined {
  if (stdin === undefined) return undefined;
  const isWhole = typeof stdin === "string" || stdin instanceof Uint8Array;
  return Readable.from(isWhole ? [Buffer.from(stdin)] : stdin, { objectMode: false });
}

function assertCommand(command: string): void {
  if (command.trim() !== "" && !command.includes("\0")) return;
  throw new MachineError(`not a command: ${JSON.stringify(command)}`, {
    code: "ERR_SSH_INVALID_COMMAND",
  });
}

import { quoteShell, sshArgv, type SshTarget } from "@vfkit-machine/guest-ssh";
import { abortedError, describeEnd, indent, lastLines, systemErrorCode } from "@vfkit-machine/host";
import { spawn, type ChildProcess } from "node:child_process";
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  copyError,
  entryName,
  neitherError,
  openDestination,
  openSource,
  statIfPresent,
} from "./local-file.js";

/** Between this computer and a guest, over the system's `ssh`: a guest needs no more than `cat` and `tar`. */
export interface Transfer {
  readonly target: SshTarget;
  readonly recursive: boolean;
  readonly signal: AbortSignal;
}

const STDERR_MAX_BYTES = 64 * 1024;

/** Copies a file, or a directory with `recursive`, into the guest. `to` may be a directory there. */
export async function upload(transfer: Transfer, from: string, to: string): Promise<void> {
  const { recursive } = transfer;
  const found = await stat(from).catch((error: unknown) => {
    const code = systemErrorCode(error);
    throw code === "ENOENT"
      ? copyError(`there is no ${from} here`, "A path in a machine is written NAME:PATH.")
      : copyError(`cannot read ${from}: ${code ?? String(error)}`);
  });
  requireKind(from, found.isDirectory(), recursive);
  if (!found.isFile() && !found.isDirectory()) {
    throw neitherError(from, "To pass on what is in it: vfm ssh NAME -- 'cat > FILE' < IT");
  }
  const path = await guestDestination(transfer, to, entryName(from));
  if (found.isDirectory()) {
    // macOS would add a file beside each for its own metadata.
    const tar = start(["tar", "-C", from, "-cf", "-", "."], transfer, { COPYFILE_DISABLE: "1" });
    const unpack = guest(transfer, `mkdir -p ${path} && tar -C ${path} -xf -`);
    await finish(transfer, [tar, unpack], untilItsEnd(tar, unpack));
    return;
  }
  const source = await openSource(from);
  const mode = (found.mode & 0o777).toString(8);
  const write = guest(transfer, `cat > ${path} && chmod ${mode} ${path}`);
  await finish(transfer, [write], pipeline(source, write.stdin));
}

/** Copies a file, or a directory with `recursive`, out of the guest. `to` may be a directory here. */
export async function download(transfer: Transfer, from: string, to: string): Promise<void> {
  const source = quoteGuest(from);
  const kind = await ask(
    transfer,
    `if [ -d ${source} ]; then echo d; elif [ -e ${source} ] && ! [ -f ${source} ]; then echo -; ` +
      `else stat -c %a ${source}; fi`,
  );
  requireKind(from, kind === "d", transfer.recursive);
  if (kind === "-") throw neitherError(from);
  const isInto = (await statIfPresent(to))?.isDirectory() === true;
  const inside = isInto ? join(to, entryName(from) || "home") : to;
  if (kind === "d") {
    await makeDirectory(inside);
    const pack = guest(transfer, `tar -C ${source} -cf - .`);
    const tar = start(["tar", "-C", inside, "-xf", "-"], transfer, {});
    await finish(transfer, [pack, tar], untilItsEnd(pack, tar));
    return;
  }
  const destination = await openDestination(inside);
  try {
    const read = guest(transfer, `cat < ${source}`);
    await finish(transfer, [read], pipeline(read.stdout, destination.stream));
    await destination.commit(Number.parseInt(kind, 8) & 0o777);
  } catch (error) {
    await destination.discard();
    throw error;
  }
}

/** As `cp` does: the directory, not those above it. */
async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code !== "EEXIST") throw copyError(`cannot make ${path} here: ${code ?? String(error)}`);
  }
}

/** A path for the guest's shell; empty is the home directory, and `~/` begins there. */
export function quoteGuest(path: string): string {
  if (path === "" || path === "~") return ".";
  const relative = path.startsWith("~/") ? path.slice(2) : path;
  // A path that begins with a hyphen would be an option.
  return quoteShell([relative.startsWith("-") ? `./${relative}` : relative]);
}

async function guestDestination(transfer: Transfer, to: string, name: string): Promise<string> {
  const path = quoteGuest(to);
  const below = quoteGuest(`${to === "" || to === "~" ? "." : to.replace(/\/+$/, "")}/${name}`);
  const isDir = await ask(transfer, `[ -d ${path} ] && echo d || echo -`);
  if (isDir !== "d" && to.endsWith("/")) throw copyError(`${to} is no directory in the guest`);
  return isDir === "d" ? below : path;
}

function requireKind(path: string, isDirectory_: boolean, recursive: boolean): void {
  if (!isDirectory_ || recursive) return;
  throw copyError(`${path} is a directory`, "Copy it with all that is in it: vfm cp --recursive.");
}

/** A process of a transfer, with what it wrote to stderr. */
interface Running {
  readonly words: readonly string[];
  readonly child: ChildProcess;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly ended: Promise<{ readonly exitCode: number | null; readonly signal: string | null }>;
  stderr: string;
}

function guest({ target, signal, recursive }: Transfer, command: string): Running {
  return start(sshArgv(target, { command }), { target, signal, recursive }, {});
}

function start(words: readonly string[], { signal }: Transfer, env: NodeJS.ProcessEnv): Running {
  const [program = "", ...args] = words;
  const child = spawn(program, args, { stdio: "pipe", signal, env: { ...process.env, ...env } });
  const ended = new Promise<Awaited<Running["ended"]>>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exitCode, ended_) => resolve({ exitCode, signal: ended_ }));
  });
  const running: Running = {
    words,
    child,
    stdin: child.stdin,
    stdout: child.stdout,
    ended,
    stderr: "",
  };
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    if (running.stderr.length < STDERR_MAX_BYTES) running.stderr += text;
  });
  return running;
}

async function ask(transfer: Transfer, question: string): Promise<string> {
  const running = guest(transfer, question);
  running.stdin.end();
  let answer = "";
  running.stdout.setEncoding("utf8").on("data", (text: string) => {
    if (answer.length < STDERR_MAX_BYTES) answer += text;
  });
  await finish(transfer, [running], Promise.resolve());
  return answer.trim();
}

/** A tar that unpacks may leave once it has read the end of the archive: its exit code tells the rest. */
async function untilItsEnd(pack: Running, unpack: Running): Promise<void> {
  try {
    await pipeline(pack.stdout, unpack.stdin);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code !== "EPIPE" && code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
  }
}

/** Waits for all of it. What a process said counts for more than that its pipe broke. */
async function finish(
  { signal }: Transfer,
  processes: readonly Running[],
  piped: Promise<void>,
): Promise<void> {
  const [flow, ...ends] = await Promise.allSettled([
    piped,
    ...processes.map((running) => running.ended),
  ]);
  if (signal.aborted) throw abortedError("copying", signal);
  for (const [index, running] of processes.entries()) {
    const end = ends[index];
    if (end?.status === "rejected") {
      throw copyError(`cannot run ${running.words[0]}: ${String(end.reason)}`);
    }
    if (end?.value === undefined || end.value.exitCode === 0) continue;
    const { exitCode, signal: killedBy } = end.value;
    const how = describeEnd({ exitCode: exitCode ?? undefined, signal: killedBy ?? undefined });
    const said = lastLines(running.stderr, 5);
    throw copyError(
      said.length === 0
        ? `${running.words[0]} ${how}`
        : `${running.words[0]} ${how}:\n${indent(said)}`,
    );
  }
  if (flow.status === "rejected") {
    const { reason } = flow as { reason: unknown };
    throw copyError(
      `the copy broke off: ${reason instanceof Error ? reason.message : String(reason)}`,
    );
  }
}

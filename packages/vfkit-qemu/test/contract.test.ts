import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { createHost } from "@vfkit-machine/host";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCommand } from "../src/command.js";
import { RestServer } from "../src/rest-server.js";
import { MAIN } from "./support/vfkit.js";

// What vfkit's own packages made of command lines and requests; `contract/` in this repository records
// it. A stand-in that is kinder than the original would let mistakes through to the original.

interface Vector {
  readonly argv: readonly string[];
  readonly outcome: "run" | "help" | "version" | "completion" | "error";
  /** Refused by Apple's framework or macOS, after vfkit's parser. */
  readonly beyond?: readonly string[];
}

interface Exchange {
  readonly request: { readonly method: string; readonly path: string; readonly body?: string };
  readonly reply: Reply;
}

interface Reply {
  readonly status: number;
  readonly contentType?: string;
  readonly location?: string;
  readonly body: string;
}

const CONFIG_GOLDEN = "../../vfkit-config/test/golden/";
const vectors = [
  ...(await readGolden<Vector>(`${CONFIG_GOLDEN}vfkit-0.6.4.jsonl`)),
  ...(await readGolden<Vector>(`${CONFIG_GOLDEN}found-0.6.4.jsonl`)),
];
const exchanges = await readGolden<Exchange>("golden/rest-0.6.4.jsonl");

async function readGolden<T>(path: string): Promise<T[]> {
  const lines = (await readFile(new URL(path, import.meta.url), "utf8")).trimEnd().split("\n");
  return lines.slice(1).map((line) => JSON.parse(line) as T);
}

let directory = "";
const before = process.cwd();

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "vq-"));
  // The disks that the command lines name.
  await mkdir(join(directory, "directory"));
  await writeFile(join(directory, "disk.img"), "raw data");
  await writeFile(join(directory, "a=b c.img"), "x");
  await writeFile(join(directory, "empty.img"), "");
  await writeFile(join(directory, "short.img"), "QF");
  await writeFile(join(directory, "qcow2.img"), Buffer.from("514649fb6d6f7265", "hex"));
  process.chdir(directory);
});

afterAll(async () => {
  process.chdir(before);
  await rm(directory, { recursive: true });
});

interface Ended {
  readonly exitCode: 0 | 1;
  readonly stdout: string;
  readonly stderr: string;
}

/** The whole executable but for its process, on a computer without QEMU: a good command line ends there. */
async function run(argv: readonly string[]): Promise<Ended> {
  const written = { stdout: "", stderr: "" };
  const host = createHost({ env: { PATH: join(directory, "directory") } });
  const exitCode = await runCommand(host, argv, {
    stdout: (words) => void (written.stdout += words),
    stderr: (words) => void (written.stderr += words),
    onStopSignal: () => undefined,
  });
  return { exitCode, ...written };
}

/** Where a command line got to. */
function verdictOf({ exitCode, stdout, stderr }: Ended): string {
  if (exitCode === 0) return stdout.startsWith("vfkit version:") ? "version" : "help";
  if (/^Error: command not found: qemu-system-/m.test(stderr)) return "run";
  if (/^Error: QEMU cannot stand in for /m.test(stderr)) return "refused by name";
  return "error";
}

test("refuses what vfkit refuses, with exit code 1, and nothing else but by name", async () => {
  const seen: Record<string, number> = {};
  for (const { argv, outcome, beyond } of vectors.filter((vector) => !writesFiles(vector))) {
    const ended = await run(argv);
    const verdict = verdictOf(ended);
    const title = `${JSON.stringify(argv)}: ${ended.stderr.split("\n").at(-2)}`;
    seen[verdict] = (seen[verdict] ?? 0) + 1;
    if (outcome === "error" || beyond !== undefined) {
      // What QEMU cannot do is refused before the disks are looked at.
      expect(["error", "refused by name"], title).toContain(verdict);
      if (verdict === "refused by name")
        expect(argv.join(" "), title).toMatch(/\.img|directory|path=/);
      expect(ended.stdout, title).toBe("");
    } else if (outcome === "run") expect(["run", "refused by name"], title).toContain(verdict);
    // It has no completion of its own: it shows its help.
    else expect(verdict, title).toBe(outcome === "version" ? "version" : "help");
  }
  expect(seen["error"]).toBeGreaterThan(200);
  expect(seen["run"]).toBeGreaterThan(100);
});

/** A pid file is written before anything is known to be absent. */
function writesFiles({ argv }: Vector): boolean {
  return argv.some((word) => word.startsWith("--pidfile"));
}

test("the executable itself exits with 1 where vfkit does", () => {
  const refused = vectors.filter(({ outcome }) => outcome === "error");
  const some = refused.filter((_, index) => index % Math.ceil(refused.length / 10) === 0);
  expect(some.length).toBeGreaterThan(7);
  for (const { argv } of some) {
    const { status, stdout } = spawnSync(process.execPath, [MAIN, ...argv], {
      cwd: directory,
      encoding: "utf8",
      timeout: 20_000,
    });
    expect({ status, stdout }, argv.join(" ")).toEqual({ status: 1, stdout: "" });
  }
});

test.each(exchanges)("answers $request.method $request.path $request.body", async (exchange) => {
  const socketPath = join(directory, "rest.sock");
  const target = {
    state: () => "Running" as const,
    inspect: () => ({}),
    change: () => Promise.resolve(true),
  };
  await using server = await RestServer.listen(
    { kind: "unix", socketPath },
    target,
    () => undefined,
  );
  expect(server).toBeDefined();
  const { reply, request: asked } = exchange;
  const ours = await ask(socketPath, asked);
  expect(comparable(ours)).toEqual(comparable(reply));
});

async function ask(socketPath: string, asked: Exchange["request"]): Promise<Reply> {
  const { method, path, body } = asked;
  const sent = request({ socketPath, method, path, agent: false, timeout: 10_000 });
  sent.on("timeout", () => sent.destroy(new Error("no answer")));
  sent.end(body);
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  const { "content-type": contentType, location } = response.headers;
  return {
    status: response.statusCode ?? 0,
    ...(contentType === undefined ? {} : { contentType }),
    ...(location === undefined ? {} : { location }),
    body: await text(response),
  };
}

/** The words of a 400 are those of a JSON parser, and each has its own; the machines differ. */
function comparable({ status, contentType, location, body }: Reply): unknown {
  const isJson = contentType?.startsWith("application/json") === true;
  if (!isJson) return { status, contentType, location, body };
  const json = JSON.parse(body === "" ? "{}" : body) as Record<string, unknown>;
  return {
    status,
    contentType,
    members: status === 500 ? json : status === 200 ? [] : Object.keys(json),
  };
}

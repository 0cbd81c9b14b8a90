import { createHost } from "@vfkit-machine/host";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { connect, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CacheEntry } from "../src/iso/cache.js";
import { problems, VFM } from "./support.js";

const ISO = randomBytes(3 * 1024 * 1024);
const SUM = createHash("sha256").update(ISO).digest("hex");
const host = createHost();

/** Those of the person who runs the test count for nothing in it. */
const NO_PROXIES = {
  http_proxy: undefined,
  https_proxy: undefined,
  no_proxy: undefined,
  HTTP_PROXY: undefined,
  HTTPS_PROXY: undefined,
  NO_PROXY: undefined,
};

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A server of an ISO and its sum, which does what a test says with the ISO. */
interface IsoServer extends AsyncDisposable {
  readonly url: string;
  /** `METHOD PATH` and the Range of each request for the ISO, in order. */
  readonly asked: string[];
  iso: Answer;
  sum: Answer;
}

const whole: Answer = (request, response) => {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  const same = request.headers["if-range"] === '"v1"';
  if (from > 0 && same) {
    response.writeHead(206, {
      etag: '"v1"',
      "content-length": ISO.length - from,
      "content-range": `bytes ${from}-${ISO.length - 1}/${ISO.length}`,
    });
    response.end(ISO.subarray(from));
    return;
  }
  response.writeHead(200, { etag: '"v1"', "content-length": ISO.length });
  response.end(ISO);
};

/** Sends a part and hangs up. */
const broken: Answer = (_request, response) => {
  response.writeHead(200, { etag: '"v1"', "content-length": ISO.length });
  response.write(ISO.subarray(0, 1024 * 1024), () => response.destroy());
};

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

async function serveIso(): Promise<IsoServer> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    if (request.url === "/b2d.iso.sha256") return served.sum(request, response);
    asked.push(`${request.url} ${request.headers.range ?? "whole"}`);
    return served.iso(request, response);
  });
  const url = `${await listen(server)}/b2d.iso`;
  const served: IsoServer = {
    url,
    asked,
    iso: whole,
    sum: (_request, response) => void response.end(`${SUM}  b2d.iso\n`),
    [Symbol.asyncDispose]: () => closeServer(server),
  };
  return served;
}

describe("vfm cache", () => {
  let home: string;
  let server: IsoServer;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "vfm-cache-"));
    server = await serveIso();
  });
  afterEach(async () => {
    await server[Symbol.asyncDispose]();
    await rm(home, { recursive: true, force: true });
  });

  const vfm = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    host.runner.run(process.execPath, [VFM, ...args], {
      env: { ...host.env, ...NO_PROXIES, VFM_HOME: home, ...env },
    });
  const add = (env?: Readonly<Record<string, string>>) => vfm(["cache", "add", server.url], env);
  const cached = async (): Promise<CacheEntry[]> =>
    JSON.parse((await vfm(["cache", "list", "--json"])).stdout) as CacheEntry[];

  it("downloads, verifies and keeps an ISO; the second time it asks nobody", async () => {
    const first = await add();
    expect(first).toMatchObject({ exitCode: 0 });
    expect(first.stderr).toContain("Downloaded and verified (3 MiB)");
    const path = first.stdout.trim();
    expect((await readFile(path)).equals(ISO)).toBe(true);
    const second = await add();
    expect(second).toMatchObject({ exitCode: 0, stdout: first.stdout });
    expect(server.asked).toEqual(["/b2d.iso whole"]);
    const list = await cached();
    expect(list).toMatchObject([{ kind: "iso", path, sizeBytes: ISO.length }]);
    expect(problems("cache", list)).toBe("");
  });

  it("downloads once for ten at once", async () => {
    const results = await Promise.all(Array.from({ length: 10 }, () => add()));
    expect(results.map(({ exitCode }) => exitCode)).toEqual(Array.from({ length: 10 }, () => 0));
    expect(new Set(results.map(({ stdout }) => stdout)).size).toBe(1);
    expect(server.asked).toEqual(["/b2d.iso whole"]);
  });

  it("goes on where the connection broke", async () => {
    let times = 0;
    server.iso = (request, response) => {
      times += 1;
      (times === 1 ? broken : whole)(request, response);
    };
    const result = await add();
    expect(result).toMatchObject({ exitCode: 0 });
    expect(result.stderr).toContain("The download broke off");
    expect(server.asked).toHaveLength(2);
    expect(server.asked[1]).toMatch(/^\/b2d\.iso bytes=\d+-$/);
    expect((await readFile(result.stdout.trim())).equals(ISO)).toBe(true);
  });

  it("goes on in another run, and begins anew when the file has changed", async () => {
    server.iso = (request, response) => {
      if (server.asked.length > 5) whole(request, response);
      else broken(request, response);
    };
    const failed = await add();
    expect(failed.exitCode).toBe(3);
    expect(failed.stderr).toContain(`copy it here and give its path: --iso ./b2d.iso`);
    expect(await cached()).toMatchObject([{ kind: "partial" }]);
    const again = await add();
    expect(again).toMatchObject({ exitCode: 0 });
    expect(server.asked.at(-1)).toMatch(/bytes=/);
    expect((await readFile(again.stdout.trim())).equals(ISO)).toBe(true);
  });

  it("refuses what is not as published, and keeps nothing of it", async () => {
    server.sum = (_request, response) => void response.end("0".repeat(64));
    const result = await add();
    expect(result).toMatchObject({ exitCode: 3, stdout: "" });
    expect(result.stderr).toContain(SUM);
    expect(await cached()).toEqual([]);
  });

  it("takes a sum from the URL where none is published", async () => {
    server.sum = (_request, response) => void response.writeHead(404).end();
    const without = await add();
    expect(without.exitCode).toBe(3);
    expect(without.stderr).toContain("#sha256=");
    expect(await vfm(["cache", "add", `${server.url}#sha256=${SUM}`])).toMatchObject({
      exitCode: 0,
    });
  });

  it("goes through a proxy, and not where NO_PROXY says so", async () => {
    const through: string[] = [];
    // undici asks a proxy for a tunnel, also to plain HTTP.
    const proxy = createServer();
    proxy.on("connect", (request, socket) => {
      through.push(request.url ?? "");
      const [address = "", port = "0"] = (request.url ?? "").split(":");
      const upstream = connect(Number(port), address, () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        upstream.pipe(socket).pipe(upstream);
      });
      upstream.on("error", () => socket.destroy());
      socket.on("error", () => upstream.destroy());
    });
    proxy.on("request", (request, response) => {
      through.push(request.url ?? "");
      const forwarded = httpRequest(request.url ?? "", { headers: request.headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      request.pipe(forwarded);
    });
    const url = await listen(proxy);
    try {
      expect(await add({ HTTP_PROXY: url, NO_PROXY: "127.0.0.1" })).toMatchObject({ exitCode: 0 });
      expect(through).toEqual([]);
      await vfm(["cache", "prune", "--all"]);
      expect(await add({ HTTP_PROXY: url })).toMatchObject({ exitCode: 0 });
      expect(through.length).toBeGreaterThan(0);
    } finally {
      await closeServer(proxy);
    }
  });

  it("follows a redirection, and not for ever", async () => {
    const { iso } = server;
    server.iso = (request, response) => {
      if (request.url === "/elsewhere") iso(request, response);
      else response.writeHead(302, { location: "/elsewhere" }).end();
    };
    expect(await add()).toMatchObject({ exitCode: 0 });
    await vfm(["cache", "prune", "--all"]);
    server.iso = (_request, response) =>
      void response.writeHead(302, { location: "/b2d.iso" }).end();
    expect((await add()).exitCode).toBe(3);
  });

  it("hears what is wrong with a machine before it waits for the download", async () => {
    const create = (...args: readonly string[]) => vfm(["create", "--iso", server.url, ...args]);
    const bad = await create("c1", "--cpus", "0");
    expect(bad).toMatchObject({ exitCode: 3, stdout: "" });
    const nothing = await vfm(["create", "--iso", server.url], { PATH: "/nowhere" });
    expect(nothing.stderr).toContain("brew install vfkit");
    expect(server.asked).toEqual([]);
  });

  it("says what to put where without a network", async () => {
    const vfkit = join(home, "vfkit");
    await writeFile(vfkit, "#!/bin/sh\necho vfkit version: v0.6.4\n", { mode: 0o755 });
    const path = `${home}:${host.env["PATH"] ?? ""}`;
    const result = await vfm(["create", "--iso", "http://b2d.invalid/x/b2d.iso"], { PATH: path });
    expect(result.exitCode).toBe(3);
    expect(result.stderr).toMatch(/cannot download http:\/\/b2d\.invalid\/x\/b2d\.iso/);
    expect(result.stderr).toContain("--iso ./b2d.iso");
  });

  it("prunes unfinished downloads, and whole ones when told to", async () => {
    await add();
    expect((await vfm(["cache", "prune", "--json"])).stdout).toBe("[]\n");
    const pruned = JSON.parse((await vfm(["cache", "prune", "--all", "--json"])).stdout);
    expect(pruned).toMatchObject([{ kind: "iso" }]);
    expect(await cached()).toEqual([]);
    const left = await readdir(join(home, "cache", "iso"));
    expect(left.filter((name) => !name.startsWith("."))).toEqual([]);
  });
});

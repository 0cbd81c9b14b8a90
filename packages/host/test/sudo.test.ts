import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  createHost,
  ensureSudo,
  MACOS_PATHS,
  runAsRoot,
  sudoAllows,
  sudoArgv,
  type Host,
} from "../src/index.js";
import { codeOf } from "./codes.js";

// sudo's part is played by a script that knows its command line and its words. The real sudo is
// asked in the tests of @vfkit-machine/vmnet-helper.

let dir: string;
let host: Host;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "sudo-"));
  await copyFile(join(import.meta.dirname, "fixtures/sudo"), join(dir, "sudo"));
  host = createHost({ uid: 501, paths: { ...MACOS_PATHS, sudo: join(dir, "sudo") } });
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

const given = (name: "password" | "denied" | "wrong") => writeFile(join(dir, name), "");
const calls = async (): Promise<string[]> =>
  (await readFile(join(dir, "calls"), "utf8").catch(() => "")).trimEnd().split("\n");
const mustNotAsk = () => expect.unreachable("asked");
const ECHO = ["/bin/echo", "hello"];
const FALSE = ["/bin/sh", "-c", "echo broken >&2; exit 1"];

describe("sudoArgv", () => {
  it("goes through sudo, unless we are root", () => {
    expect(sudoArgv(host, ECHO)).toEqual([join(dir, "sudo"), "--non-interactive", "--", ...ECHO]);
    expect(sudoArgv(createHost({ ...host, uid: 0 }), ECHO)).toEqual(ECHO);
  });
});

describe("sudoAllows", () => {
  it("runs the probe to find out", async () => {
    expect(await sudoAllows(host, ECHO)).toBe(true);
    await given("denied");
    expect(await sudoAllows(host, ECHO)).toBe(false);
    await given("password");
    expect(await sudoAllows(host, ECHO)).toBe(false);
    expect(await calls()).toEqual(
      Array.from({ length: 3 }, () => "--non-interactive -- /bin/echo hello"),
    );
  });

  it("tells a probe that fails from one that is refused", async () => {
    expect(await sudoAllows(host, FALSE)).toBe(true);
  });

  it("needs no sudo as root", async () => {
    expect(await sudoAllows(createHost({ ...host, uid: 0 }), ECHO)).toBe(true);
    expect(await calls()).toEqual([""]);
  });

  it("takes a missing sudo for a refusal", async () => {
    const sudo = join(dir, "none");
    const without = createHost({ ...host, paths: { ...host.paths, sudo } });
    await expect(sudoAllows(without, ECHO)).rejects.toMatchObject({
      code: "ERR_SUDO_REFUSED",
      message: expect.stringContaining(`there is no ${sudo} to run this as root`) as unknown,
    });
  });

  it("waits 10 s when no time is named, left out or undefined", async () => {
    const waited: (number | undefined)[] = [];
    const run: Host["runner"]["run"] = (file, args, options) => {
      waited.push(options?.timeoutMs);
      return host.runner.run(file, args, options);
    };
    const watched = createHost({ ...host, runner: { ...host.runner, run } });
    await sudoAllows(watched, ECHO);
    await sudoAllows(watched, ECHO, { timeoutMs: undefined });
    expect(waited).toEqual([10_000, 10_000]);
  });
});

describe("runAsRoot", () => {
  it("runs in order and gives back the results", async () => {
    const results = await runAsRoot(host, [ECHO, ["/bin/echo", "two"]]);
    expect(results.map(({ stdout }) => stdout)).toEqual(["hello\n", "two\n"]);
  });

  it("stops at the first that fails, and does not take its failure for sudo's", async () => {
    await expect(runAsRoot(host, [FALSE, ECHO])).rejects.toMatchObject({
      code: "ERR_COMMAND_FAILED",
      message: expect.stringContaining("broken") as unknown,
    });
    expect(await calls()).toHaveLength(1);
  });

  it("asks nobody by default", async () => {
    await given("password");
    await expect(runAsRoot(host, [ECHO], { onAsk: mustNotAsk })).rejects.toMatchObject({
      code: "ERR_SUDO_REFUSED",
      message: expect.stringContaining("sudo /bin/echo hello\n  sudo: a password") as unknown,
    });
  });

  it("asks once with consent, for all that is left to do", async () => {
    await given("password");
    const asked: (readonly string[])[] = [];
    const onAsk = (commands: readonly string[]) => asked.push(commands);
    await runAsRoot(host, [ECHO, ["/bin/echo", "a b"]], { consent: "ask", onAsk });
    expect(asked).toEqual([["sudo /bin/echo hello", "sudo /bin/echo 'a b'"]]);
    expect((await calls()).filter((call) => call === "--validate")).toHaveLength(1);
  });

  it("does not ask when no password would help", async () => {
    await given("denied");
    const denied = runAsRoot(host, [ECHO], { consent: "ask", onAsk: mustNotAsk });
    await expect(denied).rejects.toMatchObject({
      code: "ERR_SUDO_REFUSED",
      message: expect.stringMatching(
        /^sudo does not permit this:\n {2}sudo .*\n {2}Sorry/,
      ) as unknown,
      hint: expect.not.stringContaining("yourself") as unknown,
    });
  });

  it("runs nothing after a wrong password", async () => {
    await given("password");
    await given("wrong");
    expect(await codeOf(runAsRoot(host, [ECHO], { consent: "ask" }))).toBe("ERR_SUDO_REFUSED");
    expect(await calls()).toEqual(["--non-interactive -- /bin/echo hello", "--validate"]);
  });

  it("gives up when a right password is not enough", async () => {
    await given("password");
    await given("denied");
    expect(await codeOf(runAsRoot(host, [ECHO], { consent: "ask" }))).toBe("ERR_SUDO_REFUSED");
  });

  it("refuses what PATH would decide", async () => {
    expect(await codeOf(runAsRoot(host, [ECHO, ["echo", "x"]]))).toBe("ERR_SUDO_REFUSED");
    expect(await calls()).toEqual([""]);
  });

  it("is bounded, and ends when told to", async () => {
    const sleep = ["/bin/sleep", "60"];
    expect(await codeOf(runAsRoot(host, [sleep], { timeoutMs: 50 }))).toBe("ERR_TIMEOUT");
    const signal = AbortSignal.timeout(50);
    expect(await codeOf(runAsRoot(host, [sleep], { signal }))).toBe("ERR_ABORTED");
  });
});

describe("ensureSudo", () => {
  it("does not mind a probe that fails", async () => {
    await ensureSudo(host, [FALSE, ECHO]);
    expect(await calls()).toHaveLength(2);
  });

  it("asks once", async () => {
    await given("password");
    await ensureSudo(host, [ECHO, ECHO], { consent: "ask" });
    expect((await calls()).filter((call) => call === "--validate")).toHaveLength(1);
  });
});

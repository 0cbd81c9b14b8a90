import {
  createHost,
  MACOS_PATHS,
  parseMacosVersion,
  type Host,
  type WaitOptions,
} from "@vfkit-machine/host";
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  checkVmnetHelper,
  findVmnetHelper,
  helperSearchPaths,
  listSharedInterfaces,
} from "../src/index.js";
import { errorOf, FIXTURE } from "./support.js";

let dir: string;
let host: Host;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "vmnet-helper-find-"));
  host = createHost({
    env: { ...process.env, HOMEBREW_PREFIX: join(dir, "brew") },
    paths: { ...MACOS_PATHS, vmnetHelper: join(dir, "opt/bin/vmnet-helper") },
  });
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

const macos = (text: string) => parseMacosVersion(text);
const script = async (path: string, body: string): Promise<void> => {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
};
const helperAt = (path: string, version: string) =>
  script(join(dir, path), `printf 'version: v${version}\\ncommit: abc\\n'`);

const findOn26 = () => findVmnetHelper(host, { macosVersion: macos("26.1") });
/** The prefix that is taken when `brew` is a script with this body. */
const prefixFrom = async (body: string, arch: string, options: WaitOptions = {}) => {
  await script(join(dir, "path/brew"), body);
  const withBrew = createHost({ ...host, arch, env: { PATH: join(dir, "path") } });
  return dirname(dirname((await helperSearchPaths(withBrew, macos("26.0"), options))[0] ?? ""));
};

describe("findVmnetHelper", () => {
  it("finds nothing where nothing is", async () => {
    expect(await findVmnetHelper(host, { macosVersion: macos("26.0") })).toBeUndefined();
    expect(await findVmnetHelper(host)).toBeUndefined();
  });

  it("prefers Homebrew's on macOS 26, newer layout first, and falls back", async () => {
    await helperAt("opt/bin/vmnet-helper", "0.7.0");
    expect(await findOn26()).toMatchObject({
      path: join(dir, "opt/bin/vmnet-helper"),
      version: { text: "0.7.0" },
      needsRoot: true,
    });
    await helperAt("brew/opt/vmnet-helper/libexec/vmnet-helper", "0.9.0");
    expect(await findOn26()).toMatchObject({ version: { text: "0.9.0" }, needsRoot: false });
    await helperAt("brew/bin/vmnet-helper", "1.0.0");
    expect(await findOn26()).toMatchObject({ version: { text: "1.0.0" }, needsRoot: false });
  });

  it("looks only in /opt before macOS 26 and where there is no macOS", async () => {
    await helperAt("brew/bin/vmnet-helper", "1.0.0");
    expect(await findVmnetHelper(host, { macosVersion: macos("15.3.1") })).toBeUndefined();
    await helperAt("opt/bin/vmnet-helper", "0.13.0");
    for (const macosVersion of [macos("15.3.1"), undefined]) {
      expect(await findVmnetHelper(host, { macosVersion })).toMatchObject({
        path: join(dir, "opt/bin/vmnet-helper"),
        needsRoot: true,
      });
    }
  });

  it("passes over what is no executable file", async () => {
    await mkdir(join(dir, "brew/bin/vmnet-helper"), { recursive: true });
    await helperAt("brew/opt/vmnet-helper/libexec/vmnet-helper", "0.9.0");
    await chmod(join(dir, "brew/opt/vmnet-helper/libexec/vmnet-helper"), 0o644);
    await helperAt("opt/bin/vmnet-helper", "0.13.0");
    expect(await findVmnetHelper(host, { macosVersion: macos("26.0") })).toMatchObject({
      path: join(dir, "opt/bin/vmnet-helper"),
    });
  });

  it("asks brew for its prefix, and knows the usual one when it fails", async () => {
    expect(await prefixFrom("[ $1 = --prefix ] && echo /somewhere", "arm64")).toBe("/somewhere");
    expect(await prefixFrom("exit 1", "arm64")).toBe("/opt/homebrew");
    expect(await prefixFrom("exit 1", "x64")).toBe("/usr/local");
    expect(await prefixFrom("echo nonsense", "arm64")).toBe("/opt/homebrew");
  });

  it("does without a brew that hangs or cannot be run, but not after an abort", async () => {
    const brief = { timeoutMs: 100 };
    expect(await prefixFrom("exec /bin/sleep 60", "arm64", brief)).toBe("/opt/homebrew");
    const aborted = { signal: AbortSignal.abort() };
    expect((await errorOf(prefixFrom("exit 0", "arm64", aborted))).code).toBe("ERR_ABORTED");
    await writeFile(join(dir, "path/brew"), "#!/nowhere/bash\n", { mode: 0o755 });
    const paths = helperSearchPaths(
      createHost({ ...host, arch: "x64", env: { PATH: join(dir, "path") } }),
      macos("26.0"),
    );
    expect((await paths)[0]).toBe("/usr/local/bin/vmnet-helper");
  });

  it.each([
    ["fails", "echo dyld: no >&2; exit 6", /exited with code 6:\n {2}dyld: no/],
    ["prints something else", "echo hello", /printed no version: "hello\\n"/],
  ])("names a helper that %s", async (_, body, message) => {
    await script(join(dir, "opt/bin/vmnet-helper"), body);
    const error = await errorOf(findVmnetHelper(host));
    expect(error.code).toBe("ERR_VMNET_HELPER_BROKEN");
    expect(error.message).toMatch(message);
  });

  it("gives up on one that hangs", async () => {
    await script(join(dir, "opt/bin/vmnet-helper"), "exec sleep 60");
    expect((await errorOf(findVmnetHelper(host, { timeoutMs: 100 }))).code).toBe("ERR_TIMEOUT");
  });
});

const helper = () => ({ path: join(dir, "opt/bin/vmnet-helper") });

describe("listSharedInterfaces", () => {
  it("asks the helper, which says a name a line", async () => {
    await script(helper().path, '[ "$*" = --list-shared-interfaces ] && printf "en10\\nen0\\r\\n"');
    expect(await listSharedInterfaces(host, helper())).toEqual(["en10", "en0"]);
  });

  it("is empty on a host without any", async () => {
    await script(helper().path, "exit 0");
    expect(await listSharedInterfaces(host, helper())).toEqual([]);
  });

  it.each([
    ["fails", "echo no >&2; exit 1", /--list-shared-interfaces failed: .*exited with code 1/],
    ["says something else", "echo usage: vmnet-helper", /no list of names: "usage: vmnet-helper/],
    ["names an option", "echo --fd", /no list of names: "--fd/],
  ])("does not believe a helper that %s", async (_, body, message) => {
    await script(helper().path, body);
    const error = await errorOf(listSharedInterfaces(host, helper()));
    expect(error.code).toBe("ERR_VMNET_HELPER_BROKEN");
    expect(error.message).toMatch(message);
  });

  it("gives up on one that hangs, and when told to", async () => {
    await script(helper().path, "exec sleep 60");
    const late = listSharedInterfaces(host, helper(), { timeoutMs: 100 });
    expect((await errorOf(late)).code).toBe("ERR_TIMEOUT");
    const aborted = listSharedInterfaces(host, helper(), { signal: AbortSignal.abort() });
    expect((await errorOf(aborted)).code).toBe("ERR_ABORTED");
  });
});

describe("checkVmnetHelper", () => {
  it("says where it looked and how to install it", async () => {
    const error = await errorOf(checkVmnetHelper(host, undefined));
    expect(error.code).toBe("ERR_VMNET_HELPER_NOT_FOUND");
    expect(error.message).toContain(join(dir, "opt/bin/vmnet-helper"));
    expect(error.hint).toContain("https://github.com/nirs/vmnet-helper");
    await script(join(dir, "path/sw_vers"), "echo 26.1");
    const path = `${join(dir, "path")}:${process.env["PATH"]}`;
    const mac = createHost({
      ...host,
      env: { ...host.env, PATH: path },
      runner: undefined as never,
    });
    const { runner } = createHost({ env: mac.env });
    const onMac = await errorOf(checkVmnetHelper({ ...mac, runner }, undefined));
    expect(onMac.message).toContain(join(dir, "brew/bin/vmnet-helper"));
    // Homebrew 6 installs from no tap that is not trusted; earlier ones know no "trust".
    expect(onMac.hint).toMatch(/brew tap .*brew trust .*Homebrew 6.*brew install /);
  });

  it("passes a helper that runs and needs no root", async () => {
    await helperAt("brew/bin/vmnet-helper", "0.13.0");
    const helper = await findVmnetHelper(host, { macosVersion: macos("26.0") });
    expect(await checkVmnetHelper(host, helper)).toBe(helper);
  });

  it("never runs as root what others can replace", async () => {
    const path = join(dir, "opt/bin/vmnet-helper");
    await mkdir(dirname(path), { recursive: true });
    await copyFile(FIXTURE, path);
    const helper = await findVmnetHelper(host);
    // Below a temporary directory, which everybody may write to, nothing is safe.
    const error = await errorOf(checkVmnetHelper(host, helper));
    expect(error.code).toBe("ERR_VMNET_HELPER_UNSAFE");
    expect(error.message).toMatch(/^refusing to run .*vmnet-helper as root: \//);
    // On macOS 26 it is Homebrew's, which root will never own.
    expect(error.hint).toContain("0.9.0");
  });
});

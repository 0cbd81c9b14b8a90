import type { SshTarget } from "@vfkit-machine/guest-ssh";
import { execFileSync } from "node:child_process";
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { download, upload, type Transfer } from "../src/guest-files.js";

// The guest is a directory, and its ssh a script that runs the command there.
let dir: string;
let guest: string;
let here: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "vfm-copy-"));
  guest = join(dir, "guest");
  here = join(dir, "here");
  const bin = join(dir, "bin");
  for (const each of [guest, here, bin]) await mkdir(each);
  const script = `#!/bin/sh\nfor last; do :; done\ncd '${guest}' && exec sh -c "$last"\n`;
  await writeFile(join(bin, "ssh"), script, { mode: 0o755 });
  vi.stubEnv("PATH", `${bin}:${process.env["PATH"] ?? ""}`);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(dir, { recursive: true, force: true });
});

const TARGET: SshTarget = {
  host: "192.0.2.1",
  port: 22,
  user: "docker",
  privateKeyPath: "/nonexistent/key",
  knownHostsPath: "/nonexistent/known_hosts",
  hostKeyAlias: "c1",
};

function transfer(recursive = false): Transfer {
  return { target: TARGET, recursive, signal: AbortSignal.timeout(20_000) };
}

const PLAIN_UID = 65_534;

/** Root reads all: it becomes another user for as long as this takes, who has the directories. */
async function asPlainUser(work: () => Promise<void>): Promise<void> {
  if (process.geteuid?.() !== 0) return work();
  for (const path of [dir, guest, here, join(guest, "kept"), join(here, "secret")]) {
    await chown(path, PLAIN_UID, PLAIN_UID);
  }
  process.seteuid?.(PLAIN_UID);
  try {
    await work();
  } finally {
    process.seteuid?.(0);
  }
}

describe("a copy to the guest", () => {
  it("leaves what is there when the file here cannot be read", async () => {
    await writeFile(join(guest, "kept"), "kept");
    await writeFile(join(here, "secret"), "secret", { mode: 0o000 });
    await asPlainUser(async () => {
      const copying = upload(transfer(), join(here, "secret"), "kept");
      await expect(copying).rejects.toThrow(/cannot read .*secret: EACCES/);
    });
    expect(await readFile(join(guest, "kept"), "utf8")).toBe("kept");
  });

  it("refuses what is neither file nor directory, instead of waiting for it for ever", async () => {
    execFileSync("mkfifo", [join(here, "fifo")]);
    await expect(upload(transfer(), join(here, "fifo"), "fifo")).rejects.toMatchObject({
      code: "ERR_COPY_FAILED",
      message: expect.stringContaining("neither a file nor a directory") as string,
    });
    expect(await readdir(guest)).toEqual([]);
  });

  it("of .. goes into the directory and not above it", async () => {
    await mkdir(join(here, "a"));
    await writeFile(join(here, "f"), "f");
    await mkdir(join(guest, "outer/x"), { recursive: true });
    await upload(transfer(true), `${here}/a/..`, "outer/x");
    expect(await readdir(join(guest, "outer"))).toEqual(["x"]);
    expect((await readdir(join(guest, "outer/x"))).toSorted()).toEqual(["a", "f"]);
  });
});

describe("a copy from the guest", () => {
  it("is never half there, is private while it is copied, and has its own mode at the end", async () => {
    await writeFile(join(guest, "f"), "new");
    await chmod(join(guest, "f"), 0o640);
    await writeFile(join(here, "f.vfm-part"), "mine");
    const copies = [1, 2, 3].map(() => download(transfer(), "f", join(here, "f")));
    await Promise.all(copies);
    expect(await readFile(join(here, "f"), "utf8")).toBe("new");
    expect((await stat(join(here, "f"))).mode & 0o777).toBe(0o640);
    expect((await readdir(here)).toSorted()).toEqual(["f", "f.vfm-part"]);
    expect(await readFile(join(here, "f.vfm-part"), "utf8")).toBe("mine");
  });

  it("does not read the file's content into one that others may read", async () => {
    execFileSync("mkfifo", [join(guest, "go-on")]);
    await writeFile(join(guest, "secret"), "secret", { mode: 0o600 });
    // The guest's cat, once it has begun, waits for us.
    const slow = `#!/bin/sh\n/bin/cat\nread line < '${join(guest, "go-on")}'\n`;
    await writeFile(join(dir, "bin/cat"), slow, { mode: 0o755 });
    const before = process.umask(0);
    try {
      const copying = download(transfer(), "secret", join(here, "secret"));
      await vi.waitFor(async () => expect(await readdir(here)).toHaveLength(1), 10_000);
      const [part = ""] = await readdir(here);
      expect((await stat(join(here, part))).mode & 0o777).toBe(0o600);
      await writeFile(join(guest, "go-on"), "\n");
      await copying;
    } finally {
      process.umask(before);
    }
  });

  it("is written through a link, and the link stays", async () => {
    await writeFile(join(guest, "f"), "new");
    await writeFile(join(here, "real"), "old");
    await symlink("real", join(here, "link"));
    await download(transfer(), "f", join(here, "link"));
    expect(await readlink(join(here, "link"))).toBe("real");
    expect(await readFile(join(here, "real"), "utf8")).toBe("new");
  });

  it.each([
    // As /dev/null would be, which root could replace by a file.
    ["a place here that is no file", "f", "../pipe", /pipe is neither a file nor a directory/],
    ["a directory that is not there", "f", "none/f", /there is no directory .*none/],
    ["what is no file in the guest", "fifo", "f", /fifo is neither a file nor a directory/],
  ])("refuses %s", async (_what, from, to, message) => {
    await writeFile(join(guest, "f"), "f");
    execFileSync("mkfifo", [join(guest, "fifo"), join(dir, "pipe")]);
    await expect(download(transfer(), from, join(here, to))).rejects.toThrow(message);
    expect(await readdir(here)).toEqual([]);
    expect((await stat(join(dir, "pipe"))).isFIFO()).toBe(true);
  });

  it("of .. goes into the directory and not above it", async () => {
    await mkdir(join(guest, "a"));
    await mkdir(join(here, "outer/x"), { recursive: true });
    await download(transfer(true), "a/..", join(here, "outer/x"));
    expect(await readdir(join(here, "outer"))).toEqual(["x"]);
    expect(await readdir(join(here, "outer/x"))).toEqual(["a"]);
  });
});

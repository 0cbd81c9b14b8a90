import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  readFileBounded,
  readLastLines,
  readTree,
  removeIfPresent,
  removeTree,
  writeFileAtomic,
} from "../src/index.js";
import { codeOf } from "./codes.js";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "host-files-"));
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

describe("writeFileAtomic", () => {
  it("replaces text and bytes, with mode 0600 unless told otherwise", async () => {
    const path = join(dir, "file");
    await writeFileAtomic(path, "old");
    expect(await modeOf(path)).toBe(0o600);
    await writeFileAtomic(path, Uint8Array.of(1, 2, 255), { mode: 0o644 });
    expect([...(await readFile(path))]).toEqual([1, 2, 255]);
    expect(await modeOf(path)).toBe(0o644);
    expect(await readdir(dir)).toEqual(["file"]);
  });

  it("tightens a file that was open to others", async () => {
    const path = join(dir, "file");
    await writeFile(path, "old");
    await chmod(path, 0o666);
    await writeFileAtomic(path, "secret");
    expect(await modeOf(path)).toBe(0o600);
  });

  it("keeps the old file and leaves nothing aside when it fails", async () => {
    const path = join(dir, "file");
    await mkdir(path);
    await writeFile(join(path, "kept"), "kept");
    // A directory in the way: the last step, the rename, fails.
    await expect(writeFileAtomic(path, "new")).rejects.toMatchObject({ code: "EISDIR" });
    expect(await readdir(dir)).toEqual(["file"]);
    expect(await readFile(join(path, "kept"), "utf8")).toBe("kept");
    await expect(writeFileAtomic(join(dir, "missing", "file"), "new")).rejects.toMatchObject({
      code: "ENOENT",
    });
  });

  it("has the content on the disk before the file bears its name: a power cut leaves the old or the new", async () => {
    const order: string[] = [];
    vi.spyOn(fs, "fsync").mockImplementation((fd, done) => {
      order.push("written");
      fs.fsyncSync(fd);
      done(null);
    });
    const { rename } = fs;
    vi.spyOn(fs, "rename").mockImplementation((from, to, done) => {
      order.push("named");
      rename(from, to, done);
    });
    await writeFileAtomic(join(dir, "file"), "new");
    expect(order).toEqual(["written", "named"]);
  });

  it("never shows a reader half a file", async () => {
    const path = join(dir, "file");
    const contents = ["a".repeat(100_000), "b".repeat(200_000)];
    await writeFileAtomic(path, contents[0] ?? "");
    const written = new AbortController();
    const writer = (async () => {
      for (let i = 0; i < 20; i++) await writeFileAtomic(path, contents[i % 2] ?? "");
      written.abort();
    })();
    while (!written.signal.aborted) expect(contents).toContain(await readFile(path, "utf8"));
    await writer;
  });
});

describe("readFileBounded", () => {
  it("does not wait for anybody to write into a FIFO, and neither does readLastLines", async () => {
    const path = join(dir, "fifo");
    execFileSync("mkfifo", [path]);
    expect(await readFileBounded(path, 10)).toHaveLength(0);
    expect(await readLastLines(path)).toEqual([]);
  });

  it("reads what fits, to the byte", async () => {
    const path = join(dir, "file");
    for (const size of [0, 1, 4095, 4096, 4097, 100_000]) {
      const content = Buffer.alloc(size, "x");
      await writeFile(path, content);
      expect((await readFileBounded(path, size)).equals(content)).toBe(true);
      expect((await readFileBounded(path, 1_000_000)).equals(content)).toBe(true);
    }
  });

  it("refuses one byte more", async () => {
    const path = join(dir, "file");
    await writeFile(path, Buffer.alloc(5001));
    await expect(readFileBounded(path, 5000)).rejects.toMatchObject({
      code: "ERR_FILE_TOO_LARGE",
      message: `${path} is larger than 5000 bytes`,
    });
  });

  it.runIf(process.platform === "linux")(
    "reads files whose size is said to be 0, and not without end (Linux only: /proc, /dev/zero)",
    async () => {
      expect((await readFileBounded("/proc/self/status", 64 * 1024)).toString()).toContain("Pid:");
      expect(await codeOf(readFileBounded("/dev/zero", 1024 * 1024))).toBe("ERR_FILE_TOO_LARGE");
    },
  );

  it("passes system errors on", async () => {
    await expect(readFileBounded(join(dir, "missing"), 10)).rejects.toMatchObject({
      code: "ENOENT",
    });
    await expect(readFileBounded(dir, 10)).rejects.toMatchObject({ code: "EISDIR" });
  });
});

describe("readLastLines", () => {
  it("reads the end of a log, however long it is", async () => {
    const path = join(dir, "log");
    const lines = Array.from({ length: 20_000 }, (_, i) => `line ${i} ${"x".repeat(90)}`);
    await writeFile(path, lines.join("\n"));
    expect(await readLastLines(path, 2)).toEqual(lines.slice(-2));
  });

  it("finds nothing in an empty or absent file", async () => {
    await writeFile(join(dir, "empty"), "");
    expect(await readLastLines(join(dir, "empty"))).toEqual([]);
    expect(await readLastLines(join(dir, "missing"))).toEqual([]);
  });

  it("survives a cut in the middle of a character, and removes what steers a terminal", async () => {
    const path = join(dir, "log");
    await writeFile(path, `${"\u{1f600}".repeat(20_001)}x\n\u001b[31mlast\u001b[0m\n`);
    expect(await readLastLines(path, 1)).toEqual(["last"]);
  });
});

describe("removeIfPresent", () => {
  it("says whether there was a file, and removes a link and not its target", async () => {
    const path = join(dir, "file");
    await writeFile(path, "");
    await symlink(path, join(dir, "link"));
    expect(await removeIfPresent(join(dir, "link"))).toBe(true);
    expect(await removeIfPresent(path)).toBe(true);
    expect(await removeIfPresent(path)).toBe(false);
  });
});

describe("readTree", () => {
  it("lists all below, links too, and goes through none of them", async () => {
    await mkdir(join(dir, "outside", "theirs"), { recursive: true });
    await mkdir(join(dir, "tree", "inner"), { recursive: true });
    await writeFile(join(dir, "tree", "inner", "file"), "");
    await symlink(join(dir, "outside"), join(dir, "tree", "link"));
    await symlink(join(dir, "tree"), join(dir, "tree", "itself"));
    const entries = await readTree(join(dir, "tree"));
    const paths = entries.map(({ parentPath, name }) => join(parentPath, name));
    expect(paths.toSorted()).toEqual(
      ["inner", "inner/file", "itself", "link"].map((name) => join(dir, "tree", name)),
    );
    await expect(readTree(join(dir, "nowhere"))).rejects.toMatchObject({ code: "ENOENT" });
  });
});

describe("removeTree", () => {
  it("leaves the sockets of a directory that a link leads to", async () => {
    const server = createServer();
    await mkdir(join(dir, "outside"));
    await mkdir(join(dir, "tree"));
    await symlink(join(dir, "outside"), join(dir, "tree", "link"));
    await once(server.listen(join(dir, "outside", "socket")), "listening");
    try {
      await removeTree(join(dir, "tree"));
      expect(await readdir(join(dir, "outside"))).toEqual(["socket"]);
    } finally {
      server.close();
    }
  });

  it("removes all that is in a directory, links without their targets, and is content without it", async () => {
    const outside = join(dir, "outside");
    await writeFile(outside, "");
    await mkdir(join(dir, "tree", "inner"), { recursive: true });
    await writeFile(join(dir, "tree", "inner", "file"), "");
    await symlink(outside, join(dir, "tree", "link"));
    await removeTree(join(dir, "tree"));
    expect(await readdir(dir)).toEqual(["outside"]);
    await removeTree(join(dir, "tree"));
  });
});

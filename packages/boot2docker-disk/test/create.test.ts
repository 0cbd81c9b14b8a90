import { lstat, mkdir, open, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createBoot2dockerDisk, createRawDisk, encodeUserdata } from "../src/index.js";
import { claimName, writeAside } from "../src/write-aside.js";
import { listNames, makeDirectory, makePublicKey, MIB, reasonOf, run, whyNot } from "./support.js";

const KEY = makePublicKey("c1");
const TIB_IN_MIB = 1024 * 1024;

async function readAt(path: string, position: number, length: number): Promise<Buffer> {
  const handle = await open(path);
  try {
    return (await handle.read(Buffer.alloc(length), 0, length, position)).buffer;
  } finally {
    await handle.close();
  }
}

describe("createBoot2dockerDisk", () => {
  it("makes an image of the tar and zeros, for its owner only", async () => {
    const directory = await makeDirectory();
    const path = join(directory, "disk.img");
    const disk = await createBoot2dockerDisk(path, { sizeMiB: 64, publicKey: KEY });
    expect(disk).toEqual({ path, sizeBytes: 64 * MIB, headerBytes: 4096 });
    const { size, mode } = await stat(path);
    expect(size).toBe(64 * MIB);
    expect(mode & 0o777).toBe(0o600);
    const image = await readFile(path);
    expect(image.subarray(0, 4096)).toEqual(Buffer.from(await encodeUserdata({ publicKey: KEY })));
    expect(image.subarray(4096).every((byte) => byte === 0)).toBe(true);
    expect(await listNames(directory)).toEqual(["disk.img"]);
  });

  it("takes at most 16 KiB for 1 TiB", async () => {
    const path = join(await makeDirectory(), "disk.img");
    await createBoot2dockerDisk(path, { sizeMiB: TIB_IN_MIB, publicKey: KEY });
    const { size, blocks } = await stat(path);
    expect(size).toBe(2 ** 40);
    expect(blocks * 512).toBeLessThanOrEqual(16 * 1024);
    expect(await readAt(path, 2 ** 40 - 512, 512)).toEqual(Buffer.alloc(512));
  });

  const noTar = whyNot("tar", "--version");
  it.skipIf(noTar !== undefined)(
    `is a tar to tar(1), the whole image and its first 4096 bytes alone${reasonOf(noTar)}`,
    async () => {
      const directory = await makeDirectory();
      const path = join(directory, "disk.img");
      await createBoot2dockerDisk(path, { sizeMiB: 16, publicKey: KEY });
      const userdata = join(directory, "userdata.tar");
      await writeFile(userdata, await readAt(path, 0, 4096));
      for (const tar of [path, userdata]) {
        const home = `${tar}.d`;
        await mkdir(home);
        const list = run("tar", "-tvf", tar).trim().split("\n");
        expect(list.map((line) => line.split(/\s+/)[0])).toEqual([
          "-rw-r--r--",
          "drwx------",
          "-rw-r--r--",
          "-rw-r--r--",
        ]);
        run("tar", "-xf", tar, "-C", home);
        expect(await listNames(home)).toEqual([".ssh", "boot2docker, please format-me"]);
        for (const name of ["authorized_keys", "authorized_keys2"]) {
          expect(await readFile(join(home, ".ssh", name), "utf8")).toBe(`${KEY}\n`);
        }
        expect((await stat(join(home, ".ssh"))).mode & 0o777).toBe(0o700);
      }
    },
  );

  it("refuses a key or a size before anything is created", async () => {
    const directory = await makeDirectory();
    const path = join(directory, "disk.img");
    await expect(
      createBoot2dockerDisk(path, { sizeMiB: 1, publicKey: makePublicKey("c".repeat(500)) }),
    ).rejects.toMatchObject({ code: "ERR_DISK_KEY_TOO_LARGE" });
    await expect(createBoot2dockerDisk(path, { sizeMiB: 0, publicKey: KEY })).rejects.toMatchObject(
      { code: "ERR_DISK_INVALID_SIZE" },
    );
    expect(await listNames(directory)).toEqual([]);
  });
});

describe("createRawDisk", () => {
  it("makes an empty disk that takes no space", async () => {
    const directory = await makeDirectory();
    const path = join(directory, "c1-0.rawdisk");
    expect(await createRawDisk(path, { sizeMiB: 100 })).toEqual({ path, sizeBytes: 100 * MIB });
    const { size, blocks, mode } = await stat(path);
    expect([size, blocks, mode & 0o777]).toEqual([100 * MIB, 0, 0o600]);
    expect(await listNames(directory)).toEqual(["c1-0.rawdisk"]);
  });
});

describe("a name that is taken", () => {
  it("is never overwritten: not a file, a directory, nor a link that leads nowhere", async () => {
    const directory = await makeDirectory();
    const path = (name: string): string => join(directory, name);
    await writeFile(path("file"), "precious");
    await mkdir(path("directory"));
    await symlink(path("target"), path("link"));
    for (const name of ["file", "directory", "link"]) {
      await expect(createRawDisk(path(name), { sizeMiB: 1 })).rejects.toMatchObject({
        code: "ERR_DISK_EXISTS",
        message: `cannot create the disk ${path(name)}: it exists already and is never overwritten (EEXIST)`,
      });
    }
    expect(await readFile(path("file"), "utf8")).toBe("precious");
    expect((await lstat(path("link"))).isSymbolicLink()).toBe(true);
    expect(await listNames(directory)).toEqual(["directory", "file", "link"]);
  });

  it("goes to exactly one of many that want it at once", async () => {
    const directory = await makeDirectory();
    const path = join(directory, "disk.img");
    const sizes = [1, 2, 3, 4, 5, 6, 7, 8];
    const results = await Promise.allSettled(
      sizes.map((sizeMiB) => createBoot2dockerDisk(path, { sizeMiB, publicKey: KEY })),
    );
    const made = results.filter((result) => result.status === "fulfilled");
    const refused = results.filter((result) => result.status === "rejected");
    expect(made).toHaveLength(1);
    expect(refused.map(({ reason }) => reason.code)).toEqual(Array(7).fill("ERR_DISK_EXISTS"));
    expect((await stat(path)).size).toBe(made[0]?.value.sizeBytes);
    expect(await listNames(directory)).toEqual(["disk.img"]);
  });

  it("is not taken from somebody who was faster, also without hard links", async () => {
    const directory = await makeDirectory();
    const path = join(directory, "disk.img");
    await expect(
      writeAside(path, undefined, async () => {
        await writeFile(path, "faster");
      }),
    ).rejects.toMatchObject({ code: "ERR_DISK_EXISTS" });
    expect(await listNames(directory)).toEqual(["disk.img"]);
    const aside = join(directory, "aside");
    await writeFile(aside, "slower");
    await expect(claimName(aside, path)).rejects.toMatchObject({ code: "EEXIST" });
    expect(await readFile(path, "utf8")).toBe("faster");
    await claimName(aside, join(directory, "free"));
    expect(await readFile(join(directory, "free"), "utf8")).toBe("slower");
    await expect(claimName(aside, join(directory, "again"))).rejects.toMatchObject({
      code: "ENOENT",
    });
    expect(await listNames(directory)).toEqual(["disk.img", "free"]);
  });
});

describe("half an image", () => {
  it("never bears the name, and goes when writing fails", async () => {
    const directory = await makeDirectory();
    const path = join(directory, "disk.img");
    let during: string[] = [];
    const failure = new Error("the cable was pulled");
    await expect(
      writeAside(path, undefined, async (handle) => {
        await handle.writeFile("half");
        during = await listNames(directory);
        throw failure;
      }),
    ).rejects.toBe(failure);
    expect(during).toEqual([expect.stringMatching(/^\.disk\.img\.[0-9a-f]{12}$/)]);
    expect(await listNames(directory)).toEqual([]);
  });

  it("goes when the signal aborts, before or while it is written", async () => {
    const directory = await makeDirectory();
    const path = join(directory, "disk.img");
    const signal = AbortSignal.abort(new Error("Ctrl-C"));
    await expect(createRawDisk(path, { sizeMiB: 1, signal })).rejects.toMatchObject({
      code: "ERR_ABORTED",
      cause: new Error("Ctrl-C"),
    });
    const controller = new AbortController();
    await expect(
      writeAside(path, controller.signal, async () => controller.abort()),
    ).rejects.toMatchObject({ code: "ERR_ABORTED" });
    expect(await listNames(directory)).toEqual([]);
  });
});

describe("a path that cannot be", () => {
  it.each([
    ["absent/disk.img", "ERR_DISK_NOT_FOUND", "ENOENT"],
    ["file/disk.img", "ERR_DISK_NOT_FOUND", "ENOTDIR"],
    ["x".repeat(256), "ERR_DISK_NAME_TOO_LONG", "ENAMETOOLONG"],
  ])("%s is refused as what it is", async (name, code, systemCode) => {
    const directory = await makeDirectory();
    await writeFile(join(directory, "file"), "");
    await expect(createRawDisk(join(directory, name), { sizeMiB: 1 })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(`(${systemCode})`),
    });
  });

  it("takes a name of 255 bytes, the longest there is", async () => {
    const directory = await makeDirectory();
    await createRawDisk(join(directory, "x".repeat(255)), { sizeMiB: 1 });
    expect(await listNames(directory)).toEqual(["x".repeat(255)]);
  });
});

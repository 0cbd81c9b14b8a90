import { chmod, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { listNames, makeDirectory, makePublicKey, reasonOf, run, whyNot } from "./support.js";

const ATTEMPT = join(import.meta.dirname, "fixtures", "attempt.mjs");
const KEY = makePublicKey("c1");

/** Makes a disk in a shell that `prepare` has set up, and lists what is in its directory afterwards. */
function attempt(
  wrapper: readonly string[],
  prepare: string,
  directory: string,
  sizeMiB = 64,
  afterwards = "true",
): { readonly result: unknown; readonly names: readonly string[] } {
  const script = `cd "$1" && ${prepare} && "$2" "$3" "$1/disk.img" "$4" "$5" && ${afterwards} && ls -A "$1"`;
  const args = [directory, process.execPath, ATTEMPT, String(sizeMiB), KEY];
  const [command = "", ...own] = [...wrapper, "sh", "-c", script, "sh", ...args];
  const [result = "", ...names] = run(command, ...own)
    .trim()
    .split("\n");
  return { result: JSON.parse(result), names };
}

describe("a mount of our own", () => {
  // Root in a user namespace of its own: enough to mount there, and gone with the process.
  const namespace = ["unshare", "-rm"];
  const why = whyNot("unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt");
  const reason = reasonOf(why);

  it.skipIf(why !== undefined)(
    `says that the disk is full, and leaves nothing of the image${reason}`,
    async () => {
      const mount =
        'mount -t tmpfs -o size=16k tmpfs "$1" && cd "$1" && head -c 16384 /dev/zero > filler';
      const { result, names } = attempt(namespace, mount, await makeDirectory());
      expect(result).toMatchObject({
        code: "ERR_DISK_NO_SPACE",
        message: expect.stringMatching(
          /^cannot create the disk .*disk.img: no space left on the volume \(ENOSPC\)$/,
        ),
        hint: expect.stringContaining("Free some space"),
      });
      expect(names).toEqual(["filler"]);
    },
  );

  it.skipIf(why !== undefined)(
    `says that the name is taken before it says that the disk is full${reason}`,
    async () => {
      const mount =
        'mount -t tmpfs -o size=16k tmpfs "$1" && cd "$1" && head -c 16384 /dev/zero > disk.img';
      const { result, names } = attempt(namespace, mount, await makeDirectory());
      expect(result).toMatchObject({ code: "ERR_DISK_EXISTS" });
      expect(names).toEqual(["disk.img"]);
    },
  );

  it.skipIf(why !== undefined)(
    `makes a disk larger than the file system that holds it${reason}`,
    async () => {
      const mount = 'mount -t tmpfs -o size=16k tmpfs "$1" && cd "$1"';
      const { result, names } = attempt(namespace, mount, await makeDirectory(), 20_480);
      expect(result).toMatchObject({ sizeBytes: 21_474_836_480 });
      expect(names).toEqual(["disk.img"]);
    },
  );

  it.skipIf(why !== undefined)(`says that the file system is read-only${reason}`, async () => {
    const mount = 'mount -t tmpfs tmpfs "$1" && mount -o remount,ro "$1"';
    const { result, names } = attempt(namespace, mount, await makeDirectory());
    expect(result).toMatchObject({
      code: "ERR_DISK_READ_ONLY",
      message: expect.stringContaining("(EROFS)"),
    });
    expect(names).toEqual([]);
  });
});

describe("a limit of the process", () => {
  it("says that the disk is larger than allowed, and leaves nothing of it", async () => {
    // The signal that comes with the error has to be ignored, or it ends the process.
    const limit = "trap '' XFSZ && ulimit -f 2048";
    const { result, names } = attempt([], limit, await makeDirectory());
    expect(result).toMatchObject({
      code: "ERR_DISK_TOO_LARGE",
      message: expect.stringContaining("(EFBIG)"),
      hint: expect.stringContaining("ulimit -f"),
    });
    expect(names).toEqual([]);
  });
});

describe("a directory that is not ours", () => {
  // Root is asked for no permission: in a user namespace without a mapping it is nobody.
  const isRoot = process.geteuid?.() === 0;
  const why = isRoot ? whyNot("unshare", "-U", "true") : undefined;
  const reason = reasonOf(why);

  it.skipIf(why !== undefined)(`says that permission is denied${reason}`, async () => {
    const directory = await makeDirectory();
    await chmod(directory, 0o500);
    const { result, names } = attempt(isRoot ? ["unshare", "-U"] : [], "true", directory);
    expect(result).toMatchObject({
      code: "ERR_DISK_ACCESS_DENIED",
      message: expect.stringContaining("(EACCES)"),
    });
    expect(names).toEqual([]);
    await chmod(directory, 0o700);
  });

  it.skipIf(why !== undefined)(
    `makes a disk in a directory that may be written but not listed${reason}`,
    async () => {
      const directory = await makeDirectory();
      const wrapper = isRoot ? ["unshare", "-U"] : [];
      const { result } = attempt(wrapper, 'chmod 300 "$1"', directory, 64, 'chmod 700 "$1"');
      expect(result).toMatchObject({ headerBytes: 4096 });
      expect(await listNames(directory)).toEqual(["disk.img"]);
      expect((await readFile(join(directory, "disk.img"))).length).toBe(64 * 1024 * 1024);
    },
  );
});

import { execFileSync } from "node:child_process";
import { mkdir, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseMacAddress } from "@vfkit-machine/host";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findLeases, parseLeases, readBootptab, readLeases, readLeasesOf } from "../src/index.js";
import { scanFile } from "../src/scan-file.js";
import { leasesText, MAC, makeDirectory } from "./support.js";

const OTHER = "0a:00:00:00:00:01";

describe("readLeases", () => {
  it("reads a file", async () => {
    const path = join(await makeDirectory(), "dhcpd_leases");
    await writeFile(path, `${leasesText(["192.168.64.3", MAC])}rubbish\n`);
    expect(await readLeases({ path })).toMatchObject({
      path,
      isPresent: true,
      leases: [{ ipAddress: "192.168.64.3", macAddress: MAC }],
      skippedCount: 1,
    });
  });

  it("finds no leases in an absent file or directory", async () => {
    const directory = await makeDirectory();
    for (const path of [join(directory, "absent"), join(directory, "absent", "dhcpd_leases")]) {
      expect(await readLeases({ path })).toMatchObject({ isPresent: false, leases: [] });
      expect(await readLeasesOf(MAC, { path })).toEqual([]);
    }
  });

  it("refuses a file over the limit, by both ways of reading", async () => {
    const path = join(await makeDirectory(), "dhcpd_leases");
    const text = leasesText(["192.168.64.3", MAC]);
    await writeFile(path, text);
    expect((await readLeases({ path, maxBytes: text.length })).leases).toHaveLength(1);
    expect(await readLeasesOf(MAC, { path, maxBytes: text.length })).toHaveLength(1);
    const tooLarge = { code: "ERR_LEASES_TOO_LARGE", message: expect.stringContaining(path) };
    await expect(readLeases({ path, maxBytes: text.length - 1 })).rejects.toMatchObject(tooLarge);
    await expect(readLeasesOf(MAC, { path, maxBytes: text.length - 1 })).rejects.toMatchObject(
      tooLarge,
    );
    await truncate(path, 2 ** 40);
    await expect(readLeases({ path })).rejects.toMatchObject(tooLarge);
    await expect(readLeasesOf(MAC, { path })).rejects.toMatchObject(tooLarge);
  });

  it.skipIf(process.platform !== "linux")(
    "reads a file that does not know its size, up to the limit (needs /proc: Linux only)",
    async () => {
      const path = "/proc/self/status";
      expect(await readLeases({ path })).toMatchObject({ isPresent: true, skippedCount: 1 });
      expect(await readLeasesOf(MAC, { path })).toEqual([]);
      const tooLarge = { code: "ERR_LEASES_TOO_LARGE" };
      await expect(readLeases({ path, maxBytes: 100 })).rejects.toMatchObject(tooLarge);
      await expect(readLeasesOf(MAC, { path, maxBytes: 100 })).rejects.toMatchObject(tooLarge);
    },
  );

  it.each(["directory", "named pipe"])("refuses a %s without waiting", async (kind) => {
    const path = join(await makeDirectory(), "dhcpd_leases");
    if (kind === "directory") await mkdir(path);
    else execFileSync("mkfifo", [path]);
    const refused = {
      code: "ERR_LEASES_UNREADABLE",
      message: `cannot read ${path}: not a regular file`,
    };
    await expect(readLeases({ path })).rejects.toMatchObject(refused);
    await expect(readLeasesOf(MAC, { path })).rejects.toMatchObject(refused);
  });
});

describe("readBootptab", () => {
  it("reads static bindings", async () => {
    const path = join(await makeDirectory(), "bootptab");
    await writeFile(path, `%%\nc1 1 ${MAC} 192.168.64.20\n`);
    expect(await readBootptab({ path })).toMatchObject({
      isPresent: true,
      leases: [{ name: "c1", ipAddress: "192.168.64.20", macAddress: MAC, source: "bootptab" }],
    });
  });
});

describe("readLeasesOf", () => {
  it("finds what findLeases finds, in the same order", async () => {
    const path = join(await makeDirectory(), "dhcpd_leases");
    await writeFile(
      path,
      leasesText(["10.0.0.1", MAC, -1000], ["10.0.0.2", OTHER], ["10.0.0.3", MAC]),
    );
    const found = await readLeasesOf("8E-1-99-9C-54-B1", { path });
    expect(found.map(({ ipAddress }) => ipAddress)).toEqual(["10.0.0.3", "10.0.0.1"]);
    expect(found).toEqual(findLeases((await readLeases({ path })).leases, { macAddress: MAC }));
  });

  it("finds one among 100,000", async () => {
    const path = join(await makeDirectory(), "dhcpd_leases");
    const entry = leasesText(["10.0.0.1", OTHER]);
    await writeFile(
      path,
      `${entry.repeat(70_000)}${leasesText(["10.9.9.9", MAC])}${entry.repeat(29_999)}`,
    );
    const found = await readLeasesOf(MAC, { path });
    expect(found).toMatchObject([{ ipAddress: "10.9.9.9", offsetBytes: 70_000 * entry.length }]);
  });

  it("refuses what is no MAC address", async () => {
    await expect(readLeasesOf("c1")).rejects.toMatchObject({ code: "ERR_INVALID_MAC_ADDRESS" });
  });

  it("finds the same wherever the file is cut into chunks", async () => {
    const path = join(await makeDirectory(), "dhcpd_leases");
    const own = leasesText(["10.0.0.1", MAC]);
    const piece = fc.constantFrom(
      own,
      own.replace("{\n", ""),
      own.replace("}\n", ""),
      leasesText(["10.0.0.2", OTHER]),
      own.replaceAll("\n", "\r\n"),
      `{\n\tname=${"x".repeat(300)}\n`,
      "rubbish\n".repeat(30),
      "}\n{\n",
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 12 }),
        fc.integer({ min: 1, max: 600 }),
        async (pieces, chunkBytes) => {
          await writeFile(path, pieces.join(""));
          const found = await scanFile(path, parseMacAddress(MAC), undefined, chunkBytes);
          const all = parseLeases(pieces.join("")).leases;
          expect(found).toEqual(all.filter(({ macAddress }) => macAddress === MAC));
        },
      ),
      { numRuns: 200 },
    );
  });

  it("keeps its pace in a file without a single brace", async () => {
    const path = join(await makeDirectory(), "dhcpd_leases");
    await writeFile(path, `\thw_address=1,${MAC}\n`.repeat(500_000));
    expect(await readLeasesOf(MAC, { path })).toEqual([]);
    await writeFile(path, "");
    await truncate(path, 64 * 1024 * 1024);
    expect(await readLeasesOf(MAC, { path })).toEqual([]);
  });
});

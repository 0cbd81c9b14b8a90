import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const SCRIPT = join(import.meta.dirname, "../standins/bootpd_lease.py");
const PYTHON = "/usr/bin/python3";
const missing = existsSync(PYTHON) ? "" : ` (skipped: no ${PYTHON})`;

describe.skipIf(missing !== "")(`bootpd's leases file${missing}`, () => {
  let directory: string;
  let file: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "vfm-lab-"));
    file = join(directory, "dhcpd_leases");
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  function lease(words: string, env: Record<string, string> = {}): void {
    const [action = "", mac = "", address = ""] = words.split(" ");
    execFileSync(PYTHON, ["-IS", SCRIPT, action, mac, address], {
      env: { DHCPD_LEASES: file, DNSMASQ_LEASE_EXPIRES: "1700000000", ...env },
    });
  }
  const read = (): string => readFileSync(file, "utf8");
  const addresses = (): string[] => [...read().matchAll(/ip_address=(.*)/g)].map((m) => m[1] ?? "");

  test("is written byte for byte as macOS writes it: %x without leading zeros, tabs, expiry in hex", () => {
    lease("add 8e:01:99:09:54:b1 192.168.64.3", {
      DNSMASQ_CLIENT_ID: "01:8e:01:99:09:54:b1",
      DNSMASQ_SUPPLIED_HOSTNAME: "c1",
      DNSMASQ_LEASE_EXPIRES: String(0x67a1b2c3),
    });
    expect(read()).toBe(
      "{\n\tname=c1\n\tip_address=192.168.64.3\n\thw_address=1,8e:1:99:9:54:b1\n" +
        "\tidentifier=1,8e:1:99:9:54:b1\n\tlease=0x67a1b2c3\n}\n",
    );
    expect(statSync(file).mode & 0o777).toBe(0o644);
  });

  test("a client that sends no name has none; without an identifier the MAC is it", () => {
    lease("add 0a:00:00:00:00:0f 192.168.64.9");
    expect(read()).not.toContain("name=");
    expect(read()).toContain("\thw_address=1,a:0:0:0:0:f\n");
  });

  test("a DUID client stands there as ff", () => {
    lease("add 02:00:00:00:00:01 192.168.64.4", {
      DNSMASQ_CLIENT_ID: "ff:f1:f5:dd:7f:00:02:00:00:ab:11:0e:46:9a:08:62:2d:51:3e",
    });
    expect(read()).toContain("\thw_address=ff,f1:f5:dd:7f:0:2:0:0:ab:11:e:46:9a:8:62:2d:51:3e\n");
  });

  test("new and renewed entries go to the head", () => {
    lease("add 02:00:00:00:00:01 192.168.64.2");
    lease("add 02:00:00:00:00:02 192.168.64.3");
    expect(addresses()).toEqual(["192.168.64.3", "192.168.64.2"]);
    lease("old 02:00:00:00:00:01 192.168.64.2", { DNSMASQ_LEASE_EXPIRES: "1700000500" });
    expect(addresses()).toEqual(["192.168.64.2", "192.168.64.3"]);
  });

  test("what dnsmasq repeats at its start changes nothing, nor does a release", () => {
    lease("add 02:00:00:00:00:01 192.168.64.2");
    lease("add 02:00:00:00:00:02 192.168.64.3");
    const { ino } = statSync(file);
    lease("old 02:00:00:00:00:01 192.168.64.2");
    lease("del 02:00:00:00:00:02 192.168.64.3");
    expect(statSync(file).ino).toBe(ino);
  });

  test("an address given to another client leaves the first one's entry", () => {
    lease("add 02:00:00:00:00:01 192.168.64.2");
    lease("add 02:00:00:00:00:02 192.168.64.2");
    expect(addresses()).toEqual(["192.168.64.2"]);
    expect(read()).toContain("2:0:0:0:0:2");
  });

  test("is replaced by renaming, and nothing is left beside it", () => {
    writeFileSync(file, "");
    const { ino } = statSync(file);
    lease("add 02:00:00:00:00:01 192.168.64.2");
    expect(statSync(file).ino).not.toBe(ino);
    expect(readdirSync(directory)).toEqual(["dhcpd_leases"]);
  });
});

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runReadmeExample } from "@vfkit-machine/host/testing";
import { expect, it } from "vitest";
import { formatLeases } from "../src/index.js";
import { MAC, makeDirectory, NOW } from "./support.js";

it("the README's example runs", async () => {
  const path = join(await makeDirectory(), "dhcpd_leases");
  const hardware = { type: 1, address: MAC };
  const text = formatLeases([
    { name: "c1", ipAddress: "192.168.64.3", hardware, expiresAtMs: NOW + 3_600_000 },
    { name: "c1", ipAddress: "192.168.64.2", hardware, expiresAtMs: NOW - 3_600_000 },
  ]);
  await writeFile(path, `${text}{\n\tname=half\n`);
  const result = await runReadmeExample(join(import.meta.dirname, "../README.md"), {
    env: { DHCPD_LEASES: path },
  });
  expect(result).toMatchObject({
    stderr: "",
    stdout:
      "2 leases, 1 entries passed over\n" +
      "known: 192.168.64.3, 192.168.64.2\n" +
      "c1 is at 192.168.64.3\n",
  });
});

import { describe, expect, it } from "vitest";
import { formatLeases } from "./format-leases.js";

const record = {
  ipAddress: "192.168.64.3",
  hardware: { type: 1, address: "8e:01:99:0c:00:b1" },
  expiresAtMs: 0x67a1b2c3 * 1000,
};

describe("formatLeases", () => {
  it("writes what bootpd writes, byte for byte", () => {
    expect(formatLeases([{ ...record, name: "c1" }, record])).toBe(
      "{\n\tname=c1\n\tip_address=192.168.64.3\n\thw_address=1,8e:1:99:c:0:b1\n" +
        "\tidentifier=1,8e:1:99:c:0:b1\n\tlease=0x67a1b2c3\n}\n" +
        "{\n\tip_address=192.168.64.3\n\thw_address=1,8e:1:99:c:0:b1\n" +
        "\tidentifier=1,8e:1:99:c:0:b1\n\tlease=0x67a1b2c3\n}\n",
    );
  });

  it("writes a DUID, an identifier of its own, and a lease that never expires", () => {
    const text = formatLeases([
      {
        ipAddress: "10.0.0.1",
        hardware: { type: 255, address: "00:0f" },
        identifier: "ff,0:f:1",
        expiresAtMs: Number.POSITIVE_INFINITY,
      },
    ]);
    expect(text).toBe(
      "{\n\tip_address=10.0.0.1\n\thw_address=ff,0:f\n\tidentifier=ff,0:f:1\n\tlease=0xffffffff\n}\n",
    );
  });

  it("writes nothing for no leases", () => {
    expect(formatLeases([])).toBe("");
  });

  it.each([
    ["a name with a line break", { name: "x\n}\n{" }],
    ["an empty name", { name: "" }],
    ["an address out of range", { ipAddress: "192.168.64.256" }],
    ["no hardware address", { hardware: { type: 1, address: "" } }],
    ["a hardware type out of range", { hardware: { type: 256, address: "00" } }],
    ["an expiry that is no number", { expiresAtMs: Number.NaN }],
  ])("refuses %s", (_, wrong) => {
    expect(() => formatLeases([{ ...record, ...wrong }])).toThrow(
      expect.objectContaining({ code: "ERR_INVALID_LEASE" }),
    );
  });
});

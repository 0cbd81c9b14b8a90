import { isLocallyAdministered, isUnicast, parseMacAddress } from "@vfkit-machine/host";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { macAddressForName } from "./mac-address.js";

describe("macAddressForName", () => {
  it("is the same on every host and in every release", () => {
    expect(macAddressForName("default")).toBe("7e:ca:37:b1:55:9c");
    expect(macAddressForName("c1")).toBe("36:4d:3b:63:57:d0");
  });

  it("is unicast, locally administered, and different for different names", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        const mac = macAddressForName(a);
        expect(parseMacAddress(mac)).toBe(mac);
        expect([isUnicast(mac), isLocallyAdministered(mac)]).toEqual([true, true]);
        expect(macAddressForName(b) === mac).toBe(a === b);
      }),
    );
  });
});

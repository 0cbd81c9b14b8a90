import { parseMacAddress } from "@vfkit-machine/host";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseLeases } from "./parse-leases.js";
import { compilePattern } from "./mac-address-pattern.js";
import { lastBoundary, scanMacAddress, scanPart } from "./scan-mac-address.js";
import type { Lease } from "./types.js";

const MAC = parseMacAddress("8e:01:09:9c:00:b1");

/** Few bytes, so that addresses nearly match. */
const byte = fc.constantFrom(
  "8e",
  "8E",
  "1",
  "01",
  "9",
  "09",
  "9c",
  "9C",
  "0",
  "00",
  "b1",
  "B1",
  "e",
);
const looseMac = fc.array(byte, { minLength: 5, maxLength: 8 }).map((bytes) => bytes.join(":"));
const exactMac = fc
  .tuple(
    fc.constantFrom("8e", "8E"),
    fc.constantFrom("1", "01"),
    fc.constantFrom("9", "09"),
    fc.constantFrom("9c", "9C", "9c"),
    fc.constantFrom("0", "00"),
    fc.constantFrom("b1", "B1"),
  )
  .map((bytes) => bytes.join(":"));
const mac = fc.oneof(exactMac, looseMac);
const line = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("{", "}", " {", "}\r", "{ {", "") },
  {
    weight: 6,
    arbitrary: fc
      .tuple(
        fc.constantFrom(
          "\thw_address=1,",
          "hw_address=01,",
          "\thw_address =1,",
          "\thw_address= 1,",
          "\thw_address=6,",
          "\thw_address=",
          "\tidentifier=1,",
          "",
        ),
        mac,
        fc.constantFrom("", "\r", " ", "x"),
      )
      .map((parts) => parts.join("")),
  },
  {
    weight: 6,
    arbitrary: fc.constantFrom("\tip_address=10.0.0.1", "\tlease=0x67a1b2c3", "\tname=a", "junk"),
  },
);
const entry = exactMac.map(
  (address) => `{\n\tip_address=10.0.0.2\n\thw_address=1,${address}\n\tlease=0x1\n}`,
);
const file = fc
  .array(fc.oneof({ weight: 5, arbitrary: line }, { weight: 1, arbitrary: entry }), {
    maxLength: 40,
  })
  .map((lines) => Buffer.from(lines.join("\n")));

function parsed(content: Uint8Array): Lease[] {
  return parseLeases(content).leases.filter(({ macAddress }) => macAddress === MAC);
}

describe("scanMacAddress", () => {
  it("finds exactly what the parser finds, in whatever file", () => {
    let found = 0;
    fc.assert(
      fc.property(file, (content) => {
        const leases = scanMacAddress(content, MAC);
        expect(leases).toEqual(parsed(content));
        found += leases.length;
      }),
      { numRuns: 3000 },
    );
    // The files are worth something only if many hold the address.
    expect(found).toBeGreaterThan(1000);
  });

  it("finds exactly what the parser finds for any address", () => {
    const anyMac = fc.uint8Array({ minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(fc.array(anyMac, { minLength: 1, maxLength: 8 }), fc.boolean(), (macs, upper) => {
        const content = macs
          .map((bytes, index) => {
            const text = Array.from(bytes, (value) => value.toString(16)).join(":");
            const address = upper ? text.toUpperCase() : text;
            return `{\n\tip_address=10.0.0.${index}\n\thw_address=1,${address}\n\tlease=0x1\n}\n`;
          })
          .join("");
        for (const bytes of macs) {
          const own = parseMacAddress(Buffer.from(bytes).toString("hex"));
          const expected = parseLeases(content).leases.filter((one) => one.macAddress === own);
          expect(expected.length).toBeGreaterThan(0);
          expect(scanMacAddress(Buffer.from(content), own)).toEqual(expected);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("finds in the parts of a cut file what it finds in the whole", () => {
    fc.assert(
      fc.property(file, fc.nat({ max: 1000 }), (content, cutAt) => {
        const end = lastBoundary(content.subarray(0, cutAt % (content.length + 1)));
        const pattern = compilePattern(MAC);
        const parts = [
          ...scanPart(content.subarray(0, end), 0, pattern),
          ...scanPart(content.subarray(end), end, pattern),
        ];
        expect(parts).toEqual(parsed(content));
      }),
      { numRuns: 3000 },
    );
  });

  it.each(["8e:1:9:9c:0:b1", "8E-01-09-9C-00-B1", "8e01099c00b1"])(
    "takes an address in any spelling: %s",
    (spelling) => {
      const content = "{\n\tip_address=10.0.0.1\n\thw_address=1,8e:1:9:9c:0:b1\n\tlease=0x1\n}\n";
      expect(scanMacAddress(Buffer.from(content), spelling)).toHaveLength(1);
    },
  );

  it("refuses what is no address, where it would find nothing", () => {
    expect(() => scanMacAddress(Buffer.alloc(0), "8e:1")).toThrow(/8e:1/);
  });

  it("does not read an entry twice when the address stands in it twice", () => {
    const content =
      "{\n\tip_address=10.0.0.1\n\thw_address=1,8e:1:9:9c:0:b1\n\tidentifier=1,8e:1:9:9c:0:b1\n\tlease=0x1\n}\n";
    expect(scanMacAddress(Buffer.from(content), MAC)).toHaveLength(1);
  });

  it("takes time in proportion to the size of a file without an opening brace", () => {
    const hostile = Buffer.from("\thw_address=1,8e:1:9:9c:0:b1\n}\n".repeat(100_000));
    expect(scanMacAddress(hostile, MAC)).toEqual([]);
  });
});

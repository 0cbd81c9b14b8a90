import { expect, test } from "vitest";
import { isBound, localSocketPath } from "./datagram-socket.js";

test("the local socket is named as vfkit names it", () => {
  expect(localSocketPath("/m/c1/vmnet-helper.sock", 0xbeef, 0x1a2)).toBe(
    "/m/c1/vfkit-beef-1a2.sock",
  );
});

function directory(bytes: number): string {
  return `/${"d".repeat(bytes - 2)}/net.sock`;
}

test("103 bytes fit, 104 do not", () => {
  // "/vfkit-1-1.sock" has 15 bytes.
  expect(localSocketPath(directory(103 - 14), 1, 1)).toHaveLength(103);
  expect(() => localSocketPath(directory(104 - 14), 1, 1)).toThrow("too long: 104 >= 104 bytes");
});

test("a bound socket is seen by its whole path", () => {
  const list = `Num               RefCount Protocol Flags    Type St Inode Path
00000000c0ffee00: 00000002 00000000 00000000 0002 01 12345 /m/c1/net.sock
00000000c0ffee01: 00000002 00000000 00000000 0002 01 12346
`;
  expect(isBound("/m/c1/net.sock", list)).toBe(true);
  expect(isBound("/c1/net.sock", list)).toBe(false);
});

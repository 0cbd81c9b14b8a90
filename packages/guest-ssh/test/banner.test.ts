import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readBanner } from "../src/banner.js";

const read = (text: string): ReturnType<typeof readBanner> =>
  readBanner(Buffer.from(text, "latin1"));

describe("readBanner", () => {
  it.each([
    ["SSH-2.0-dropbear_2022.83\r\n", "SSH-2.0-dropbear_2022.83"],
    [
      "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u7\r\n\0\0\u0003",
      "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u7",
    ],
    ["SSH-2.0-old_no_cr\n", "SSH-2.0-old_no_cr"],
    ["SSH-1.99-Cisco-1.25\n", "SSH-1.99-Cisco-1.25"],
    ["Welcome!\r\nNo trespassing.\r\nSSH-2.0-x\r\n", "SSH-2.0-x"],
  ])("finds it in %j", (text, banner) => {
    expect(read(text)).toEqual({ kind: "banner", banner });
  });

  it.each(["", "S", "SSH-", "SSH-2.0-dropbear", "Welcome!\r\n", "SSH-2.0-dropbear\r"])(
    "waits for more after %j",
    (text) => {
      expect(read(text)).toEqual({ kind: "incomplete" });
    },
  );

  it.each([
    ["SSH 1", "SSH-1.5-old\r\n"],
    ["no software version", "SSH-2.0-\r\n"],
    ["a line that is too long", `SSH-2.0-${"x".repeat(300)}`],
    ["a line that is too long, ended", `SSH-2.0-${"x".repeat(300)}\r\n`],
    ["control characters", "SSH-2.0-\u001b[31m\r\n"],
    ["much of something else", "x".repeat(8192)],
    ["many lines of something else", "hello\r\n".repeat(2000)],
  ])("refuses %s", (_, text) => {
    expect(read(text)).toEqual({ kind: "not-ssh" });
  });

  it("comes to one verdict however the bytes arrive, and does not change it", () => {
    const streams = fc.oneof(
      fc.constantFrom(
        "SSH-2.0-a\r\nrest",
        "hi\nSSH-2.0-a b\nrest",
        "SSH-1.5-x\n",
        "HTTP/1.1 400\r\n\r\n",
      ),
      fc.string({ unit: "binary-ascii", maxLength: 400 }),
    );
    fc.assert(
      fc.property(streams, (text) => {
        const verdicts = Array.from({ length: text.length + 1 }, (_, i) => read(text.slice(0, i)));
        const settled = verdicts.findIndex(({ kind }) => kind !== "incomplete");
        const later = settled < 0 ? [] : verdicts.slice(settled);
        for (const verdict of later) expect(verdict.kind).toBe(verdicts[settled]?.kind);
      }),
    );
  });
});

import { describe, expect, it } from "vitest";
import { checkedSizeBytes, diskError } from "./errors.js";

describe("diskError", () => {
  it.each([
    ["ENOSPC", "ERR_DISK_NO_SPACE"],
    ["EDQUOT", "ERR_DISK_QUOTA"],
    ["EFBIG", "ERR_DISK_TOO_LARGE"],
    ["EACCES", "ERR_DISK_ACCESS_DENIED"],
    ["EPERM", "ERR_DISK_ACCESS_DENIED"],
    ["EROFS", "ERR_DISK_READ_ONLY"],
    ["EEXIST", "ERR_DISK_EXISTS"],
    ["ENOENT", "ERR_DISK_NOT_FOUND"],
    ["ENOTDIR", "ERR_DISK_NOT_FOUND"],
    ["ENAMETOOLONG", "ERR_DISK_NAME_TOO_LONG"],
    ["EIO", "ERR_DISK_IO"],
  ])("says %s as what it is, with the path and the cause", (systemCode, code) => {
    const cause = Object.assign(new Error("refused"), { code: systemCode });
    expect(diskError("cannot create the disk", "/x/disk.img", cause)).toMatchObject({
      code,
      message: expect.stringMatching(
        new RegExp(`^cannot create the disk /x/disk.img: .*\\(${systemCode}\\)$`),
      ),
      cause,
    });
  });

  it("says where macOS keeps programs out of a person's folders", () => {
    const cause = Object.assign(new Error("refused"), { code: "EPERM" });
    expect(diskError("cannot create the disk", "/Users/x/Documents/d.img", cause)).toMatchObject({
      hint: expect.stringContaining("Privacy & Security > Files and Folders"),
    });
  });

  it("leaves alone what the system did not say", () => {
    const bug = new TypeError("a bug");
    expect(diskError("cannot create the disk", "/x", bug)).toBe(bug);
    const invalid = Object.assign(new Error("bad argument"), { code: "ERR_INVALID_ARG_TYPE" });
    expect(diskError("cannot create the disk", "/x", invalid)).toBe(invalid);
  });
});

describe("checkedSizeBytes", () => {
  it("gives bytes", () => {
    expect(checkedSizeBytes(1)).toBe(1_048_576);
    expect(checkedSizeBytes(20_480)).toBe(21_474_836_480);
  });

  it.each([0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 40])("refuses %s", (size) => {
    expect(() => checkedSizeBytes(size)).toThrow(
      expect.objectContaining({
        code: "ERR_DISK_INVALID_SIZE",
        message: `not a size of a disk in MiB: ${size}`,
      }),
    );
  });
});

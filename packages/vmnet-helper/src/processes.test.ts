import { describe, expect, it } from "vitest";
import { isSudo, namesHelper, namesSocket } from "./processes.js";

const socket = "/Users/x/.vfm/machines/c 1/vmnet-helper.sock";

describe("namesSocket", () => {
  it.each([
    [`/opt/vmnet-helper/bin/vmnet-helper --socket ${socket}`, true],
    [`/opt/vmnet-helper/bin/vmnet-helper --socket ${socket} --interface-id X`, true],
    [`/opt/vmnet-helper/bin/vmnet-helper --socket ${socket}2`, false],
    [`/opt/vmnet-helper/bin/vmnet-helper --socket /other${socket}`, false],
    [`tail -f ${socket}`, false],
  ])("%s: %s", (command, expected) => {
    expect(namesSocket(command, socket)).toBe(expected);
  });

  it("reads a path as macOS' ps spells it", () => {
    const command =
      "/opt/vmnet-helper/bin/vmnet-helper --socket /Volumes/M-CM^\\be/h.sock --verbose";
    expect(namesSocket(command, "/Volumes/Übe/h.sock")).toBe(true);
    expect(namesSocket(command, "/Volumes/Ube/h.sock")).toBe(false);
  });
});

describe("namesHelper", () => {
  it.each([
    [`/opt/homebrew/bin/vmnet-helper --socket ${socket}`, true],
    [`/usr/bin/python3 /opt/vmnet-helper/bin/vmnet-helper --socket ${socket}`, true],
    [`/usr/bin/sudo --non-interactive -- /opt/x/vmnet-helper --socket ${socket}`, true],
    [`vmnet-helper --socket ${socket}`, true],
    [`/bin/other --socket ${socket}`, false],
    [`/bin/vmnet-helper-watch --socket ${socket}`, false],
    [`less /opt/vmnet-helper/README`, false],
  ])("%s: %s", (command, expected) => {
    expect(namesHelper(command)).toBe(expected);
  });
});

it("isSudo is the program, not a word", () => {
  expect(isSudo("/usr/bin/sudo --non-interactive -- x")).toBe(true);
  expect(isSudo("sudo x")).toBe(true);
  expect(isSudo("/usr/bin/vi sudo x")).toBe(false);
  expect(isSudo("/usr/bin/sudoedit x")).toBe(false);
});

import { expect, it } from "vitest";
import { machineOf } from "./machine-of.js";

const vfkit = (directory: string, socketDir = directory): string =>
  `/opt/homebrew/bin/vfkit --cpus 2 --restful-uri unix://${socketDir}/vfkit.sock --kernel ${directory}/bzimage`;

it.each([
  ["a vfkit", vfkit("/Users/a/.vfm/machines/web"), "/Users/a/.vfm"],
  ["a store with a space", vfkit("/Volumes/My Disk/vfm/machines/web"), "/Volumes/My Disk/vfm"],
  ["macOS' ps", vfkit("/Users/Ren\u{4d}-CM-)e/.vfm/machines/web"), "/Users/Ren\u00e9e/.vfm"],
  [
    "a socket in a short directory",
    vfkit("/Users/a/.vfm/machines/web", "/tmp/vfm-0a1b"),
    "/Users/a/.vfm",
  ],
  [
    "a vmnet-helper through sudo",
    "sudo -n /opt/vmnet-helper/bin/vmnet-helper --socket /Users/a/.vfm/machines/web/vmnet-helper.sock",
    "/Users/a/.vfm",
  ],
])("knows %s", (_what, command, store) => {
  expect(machineOf(command, store)).toBe("web");
});

it.each([
  ["another store", vfkit("/Users/b/.vfm/machines/web")],
  ["an editor", "vi /Users/a/.vfm/machines/web/config.json"],
  ["a directory named alike", vfkit("/Users/a/.vfm/machines2/web")],
])("leaves %s alone", (_what, command) => {
  expect(machineOf(command, "/Users/a/.vfm")).toBeUndefined();
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HELPER_SOCKET, VFKIT_SOCKET } from "./machine-paths.js";
import {
  chooseSocketDir,
  isOwnSocketDir,
  longestDirectory,
  socketDirCandidates,
  socketsFit,
} from "./socket-dir.js";
import type { NetworkMode } from "./types.js";

const network = fc.constantFrom<NetworkMode>("nat", "vmnet-shared");
const storeAt = (root: string) => ({
  root,
  machines: `${root}/machines`,
  locks: `${root}/locks`,
  run: `${root}/run`,
});
/** A path of exactly so many bytes. */
const ofBytes = (bytes: number): string => `/${"x".repeat(bytes - 1)}`;

describe("the budget of socket paths", () => {
  it("is exact: 92 bytes on nat, and 81 beside vmnet-helper's", () => {
    expect(longestDirectory("nat")).toBe(92);
    expect(longestDirectory("vmnet-shared")).toBe(81);
    for (const mode of ["nat", "vmnet-shared"] as const) {
      const longest = longestDirectory(mode);
      expect(socketsFit(ofBytes(longest), mode)).toBe(true);
      expect(socketsFit(ofBytes(longest + 1), mode)).toBe(false);
    }
  });

  it("counts bytes, not characters", () => {
    expect(socketsFit(`/${"ü".repeat(45)}`, "nat")).toBe(true);
    expect(socketsFit(`/${"ü".repeat(46)}`, "nat")).toBe(false);
  });

  it("holds for whatever is chosen, and what is chosen is the machine's own", () => {
    const part = fc.stringMatching(/^[a-zü]{1,60}$/);
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 1, maxLength: 4 }),
        part,
        network,
        (parts, name, mode) => {
          const store = storeAt(`/${parts.join("/")}`);
          const directory = `${store.machines}/${name}`;
          const chosen = chooseSocketDir(directory, mode, store, ["/tmp"]);
          const shared = mode === "vmnet-shared";
          const longest = shared ? HELPER_SOCKET : VFKIT_SOCKET;
          expect(Buffer.byteLength(`${chosen}/${longest}`)).toBeLessThanOrEqual(103);
          expect(Buffer.byteLength(chosen)).toBeLessThanOrEqual(shared ? 81 : 92);
          expect(isOwnSocketDir(chosen, directory)).toBe(true);
          expect(isOwnSocketDir(chosen, `${directory}x`)).toBe(false);
        },
      ),
    );
  });

  it("prefers the machine's directory, then the store's, then the temporary one", () => {
    const store = storeAt("/home/me/.vfm");
    const short = `${store.machines}/c1`;
    expect(chooseSocketDir(short, "nat", store, ["/tmp"])).toBe(short);
    const long = `${store.machines}/${"x".repeat(63)}`;
    const candidates = socketDirCandidates(long, store, ["/tmp"]);
    expect(chooseSocketDir(long, "vmnet-shared", store, ["/tmp"])).toBe(candidates[1]);
    expect(candidates[1]).toMatch(/^\/home\/me\/\.vfm\/run\/vfm-[0-9a-f]{12}$/);
  });

  it("refuses with the numbers when nothing fits", () => {
    const store = storeAt(ofBytes(200));
    expect(() => chooseSocketDir(`${store.machines}/c1`, "nat", store, [])).toThrow(
      /may have 92 bytes\n {2}212 bytes: /,
    );
  });
});

describe("isOwnSocketDir", () => {
  it.each(["/etc", "/tmp", "/tmp/vfm-0123456789ab", "/tmp/../etc", "relative", ""])(
    "%j belongs to no machine",
    (path) => {
      expect(isOwnSocketDir(path, "/s/machines/c1")).toBe(false);
    },
  );
});

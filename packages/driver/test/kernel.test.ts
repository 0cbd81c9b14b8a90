import { join } from "node:path";
import { expect, it } from "vitest";
import { createMachine } from "../src/index.js";
import { writeTinyIso } from "./fixtures/tiny-iso.mjs";
import { openWorld } from "./world.js";

it.each([
  ["arm64", 0x202, "HdrS", /is for x86-64, and this computer is arm64/],
  ["x64", 0x38, "ARM\u0064", /is for arm64, and this computer is x64/],
  ["arm64", 4, "zimg", /is compressed/],
])(
  "on %s, an ISO with a kernel that cannot boot there leaves nothing (at %i: %s)",
  async (arch, at, mark, message) => {
    await using world = await openWorld({ host: { arch } });
    const iso = join(world.directory, "other.iso");
    writeTinyIso(iso, { kernelMark: [at, mark] });
    await expect(createMachine(world.options({ iso }), world.context)).rejects.toMatchObject({
      code: "ERR_CHECK_ISO",
      message: expect.stringMatching(message),
      hint: expect.stringContaining("Use an ISO made for"),
    });
    expect(await world.leftovers()).toEqual([]);
  },
);

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { REPOSITORY } from "../src/vfm.js";
import { ISO, LAB_SUDO, openStore } from "./surroundings.js";

/**
 * Each page of the documentation whose `sh` blocks are typed here, and what must appear. Blocks of
 * other kinds are for reading. The programs of the other guides are those of examples.e2e.ts.
 */
const GUIDES: readonly (readonly [string, readonly RegExp[]])[] = [
  ["quick-start.md", [/^default is running at [\d.]+$/m, /^Linux /m, /lease/, /is removed/]],
  ["guides/two-machines.md", [/ 0% packet loss/, /^refused with exit code 3$/m]],
  [
    "guides/mounts.md",
    [/^hello$/m, /^from the guest$/m, /^b\.txt$/m, /^refused with exit code 3$/m],
  ],
  [
    "guides/docker-over-ssh.md",
    [
      /^boot2docker$/m,
      /DOCKER_HOST='ssh:\/\/vfm-d1'/,
      /^no Docker in this guest \(exit code 127\)$/m,
    ],
  ],
  ["guides/troubleshooting.md", [/got no address/, /Unblocked bootpd/, /a password is required/]],
];

/** The text of every `sh` block of a page, in order: one script, as a reader would type it. */
function scriptOf(markdown: string): string {
  return [...markdown.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) => block).join("");
}

describe.skipIf(!LAB_SUDO)(
  "what the documentation tells people to type (needs the lab entered as root)",
  () => {
    it.each(GUIDES)("docs/%s", async (page, expected) => {
      await using vfm = await openStore();
      const directory = await mkdtemp(join(tmpdir(), "guide-"));
      try {
        const script = scriptOf(await readFile(join(REPOSITORY, "docs", page), "utf8"));
        const result = await vfm.host.runner.run("bash", ["-euc", `exec 2>&1\n${script}`], {
          cwd: directory,
          env: { ...vfm.env, ISO },
          timeoutMs: 4 * 60_000,
        });
        expect(result).toMatchObject({ exitCode: 0 });
        for (const pattern of expected) expect(result.stdout).toMatch(pattern);
        expect(await vfm.ok("list", "--names")).toBe("");
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    });
  },
);

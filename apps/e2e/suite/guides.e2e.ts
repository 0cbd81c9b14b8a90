import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { REPOSITORY } from "../src/vfm.js";
import { ISO, LAB_SUDO, openStore } from "./surroundings.js";

/**
 * Each page of the documentation whose `sh` blocks are typed here, and what must appear. Blocks of
 * other kinds are for reading, but for the `js` of library.md, which is run as well.
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
  ["guides/library.md", [/^web is at [\d.]+, client at [\d.]+$/m, / 0% packet loss/]],
  [
    "guides/own-tool.md",
    [/^vfkit --cpus 2 /m, /^disk\.img$/m, /took the key after/, /^the guest shut down$/m],
  ],
  ["guides/troubleshooting.md", [/got no address/, /Unblocked bootpd/, /a password is required/]],
];

const page = (name: string): Promise<string> => readFile(join(REPOSITORY, "docs", name), "utf8");

/** The text of every block of one kind of a page, in order: one script, as a reader would type it. */
function scriptOf(markdown: string, kind: "sh" | "js"): string {
  const blocks = markdown.matchAll(new RegExp(`^\`\`\`${kind}\\n([\\s\\S]*?)^\`\`\`$`, "gm"));
  return [...blocks].map(([, block]) => block).join("");
}

/** What the fragments of library.md take for granted. */
const AROUND_FRAGMENTS = `import { createMachine } from "@vfkit-machine/driver";
const options = { name: "l1", iso: process.env.ISO, memoryMiB: 512, cpus: 1, start: false };
const log = { info: (event) => console.log(event.type) };
const { signal } = new AbortController();
`;

describe.skipIf(!LAB_SUDO)(
  "what the documentation tells people to type (needs the lab entered as root)",
  () => {
    it("is all there is: no guide is forgotten", async () => {
      const guides = await readdir(join(REPOSITORY, "docs/guides"));
      const pages = ["quick-start.md", ...guides.map((name) => `guides/${name}`)];
      expect(new Set(GUIDES.map(([name]) => name))).toEqual(new Set(pages));
    });

    it("the fragments of docs/guides/library.md", async () => {
      await using vfm = await openStore();
      const fragments = scriptOf(await page("guides/library.md"), "js");
      const program = `${AROUND_FRAGMENTS}${fragments}await machine.remove();\n`;
      const result = await vfm.host.runner.run(
        process.execPath,
        ["--input-type=module", "--eval", program],
        // Where the packages' names resolve to their builds.
        { cwd: join(REPOSITORY, "examples"), env: { ...vfm.env, ISO }, timeoutMs: 4 * 60_000 },
      );
      expect(result).toMatchObject({ exitCode: 0, stderr: "" });
      expect(result.stdout.split("\n")).toEqual(
        expect.arrayContaining(["create.done", "start.ssh.ready", "start.done"]),
      );
      expect(await vfm.ok("list", "--names")).toBe("");
    });

    it.each(GUIDES)("docs/%s", async (name, expected) => {
      await using vfm = await openStore();
      const directory = await mkdtemp(join(tmpdir(), "guide-"));
      try {
        const script = scriptOf(await page(name), "sh");
        const output = join(directory, "..", `${basename(directory)}.txt`);
        const result = await vfm.host.runner
          .run("bash", ["-euxc", `exec >"$OUTPUT" 2>&1\n${script}`], {
            cwd: directory,
            env: { ...vfm.env, ISO, EXAMPLES: join(REPOSITORY, "examples"), OUTPUT: output },
            timeoutMs: 4 * 60_000,
          })
          // A script that hangs has said where, too.
          .catch((error: unknown) => ({ exitCode: String(error) }));
        const said = await readFile(output, "utf8");
        await rm(output);
        expect(result.exitCode, said).toBe(0);
        for (const pattern of expected) expect(said).toMatch(pattern);
        expect(await vfm.ok("list", "--names")).toBe("");
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    });
  },
);

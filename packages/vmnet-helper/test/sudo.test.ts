import { createHost, type CommandResult } from "@vfkit-machine/host";
import { spawnSync } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FIXTURE } from "./support.js";

// The real sudo, the real sudoers, a real user: in a private mount and PID namespace.

const here = join(import.meta.dirname, "sudo");
const scenarios = fileURLToPath(new URL("sudo/scenario.mjs", import.meta.url));
const [unshare = "", ...inNamespaces] =
  "unshare --mount --pid --fork --kill-child --mount-proc".split(" ");

/** Why these tests cannot run here, if so. */
const why = ((): string => {
  if (process.platform !== "linux") return "needs Linux's namespaces";
  if (process.getuid?.() !== 0) return "needs root";
  for (const program of ["sudo", "unshare", "python3", "/bin/bash"]) {
    const found = spawnSync("sh", ["-c", 'command -v "$1"', "sh", program]).status === 0;
    if (!found) return `needs ${program}`;
  }
  if (spawnSync(unshare, [...inNamespaces, "true"]).status !== 0) return "may not unshare";
  // The scenarios run as another user, who has to reach this repository and this Node.js.
  const probe = [
    "--reuid=501",
    "--regid=20",
    "--clear-groups",
    process.execPath,
    "--check",
    scenarios,
  ];
  const reached = spawnSync("setpriv", probe).status === 0;
  return reached ? "" : "needs a repository and a Node.js that other users can read";
})();

const RULE = "tester ALL = (root) NOPASSWD: /mnt/vmnet-helper/bin/vmnet-helper\n";
const PASSWORD = "tester ALL = (ALL) ALL\n";
const host = createHost();
let dir: string;

const prepare = async (sudoers: string, ...modes: string[]): Promise<void> => {
  await writeFile(join(dir, "sudoers"), `Defaults !fqdn\n${sudoers}`);
  await mkdir(join(dir, "helper"));
  await copyFile(FIXTURE, join(dir, "helper/vmnet-helper"));
  for (const mode of modes) await writeFile(join(dir, `helper/mode-${mode}`), "");
};
const runInside = (...argv: string[]): Promise<CommandResult> =>
  host.runner.run(unshare, [...inNamespaces, "sh", join(here, "namespace.sh"), dir, ...argv], {
    cwd: import.meta.dirname,
    timeoutMs: 28_000,
  });
const scenario = (...args: string[]): string[] => [process.execPath, scenarios, ...args];
const onTerminal = (password: string, actions: string, ...args: string[]): string[] => [
  "python3",
  join(here, "terminal.py"),
  password,
  actions,
  ...scenario(...args),
];
/** What the scenarios reported, in order. */
const resultsOf = ({ stdout, stderr }: CommandResult): Record<string, unknown>[] => {
  const lines = stdout.split(/\r?\n/).filter((line) => line.startsWith("RESULT "));
  if (lines.length === 0) throw new Error(`no result:\n${stdout}\n${stderr}`);
  return lines.map((line) => JSON.parse(line.slice(7)) as Record<string, unknown>);
};
const run = async (...argv: string[]): Promise<Record<string, unknown>> =>
  resultsOf(await runInside(...argv))[0] ?? {};

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "vmnet-helper-sudo-"));
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

describe.skipIf(why !== "")(
  `through the real sudo${why === "" ? "" : ` (skipped: ${why})`}`,
  () => {
    it("a rule for the helper is enough: no password, no terminal", async () => {
      await prepare(RULE);
      const result = await run(...scenario("life"));
      expect(result).toMatchObject({
        state: "running",
        outcome: "terminated",
        asked: [],
        // sudo, still the user's by its real id, and the helper, down to the user.
        uids: ["501", "501"],
        interface: { x_uid: 0, x_sid: (result["identity"] as { pid: number }).pid },
        exited: { exitCode: 0 },
        files: ["h.log"],
        processes: [],
      });
    });

    it("says what sudo said to one who may nothing, and leaves nothing", async () => {
      await prepare("root ALL = (ALL) ALL\n");
      const refusal = {
        code: "ERR_VMNET_HELPER_SUDO_REFUSED",
        hint: expect.stringContaining("https://github.com/nirs/vmnet-helper") as unknown,
        message: expect.stringContaining("a password is required") as unknown,
      };
      expect(await run(...scenario("refused"))).toMatchObject({
        check: refusal,
        start: refusal,
        allows: false,
        files: ["h.log"],
        processes: [],
      });
    });

    it("does not believe sudo's list, which says yes to what needs a password", async () => {
      await prepare(`${PASSWORD}tester ALL = (root) NOPASSWD: /usr/bin/id\n`);
      expect(await run(...scenario("refused"))).toMatchObject({
        lists: 0,
        allows: false,
        check: { code: "ERR_VMNET_HELPER_SUDO_REFUSED" },
        start: { code: "ERR_VMNET_HELPER_SUDO_REFUSED" },
      });
    });

    it("notices at the start that a rule permits --version alone", async () => {
      await prepare(`${RULE.trim()} --version\n`);
      const result = await run(...scenario("refused"));
      expect(result["check"]).toBeUndefined();
      expect(result["start"]).toMatchObject({ code: "ERR_VMNET_HELPER_SUDO_REFUSED" });
    });

    it("starts where a rule permits only what is started", async () => {
      await prepare(`${RULE.trim()} --socket *\n`);
      expect(await run(...scenario("start"))).toMatchObject({ interface: { x_uid: 0 } });
    });

    it("ends a helper that hangs as root, deaf to SIGTERM, which we may not kill", async () => {
      await prepare(RULE, "hang");
      expect(await run(...scenario("hang"))).toMatchObject({
        error: { code: "ERR_ABORTED", message: expect.stringContaining("as uid: 0") as unknown },
        files: ["h.log"],
        processes: [],
      });
    });

    it("finds and stops a helper whose sudo was killed above it", async () => {
      await prepare(RULE);
      expect(await run(...scenario("orphan"))).toMatchObject({
        state: "running",
        outcome: "terminated",
        files: ["h.log"],
        processes: [],
      });
    });

    it("never runs as root a helper that the user can replace", async () => {
      await prepare(RULE);
      const own = 'chown 501 /mnt/vmnet-helper/bin && exec "$@"';
      expect(await run("sh", "-c", own, "sh", ...scenario("refused"))).toMatchObject({
        check: {
          code: "ERR_VMNET_HELPER_UNSAFE",
          message: expect.stringContaining("/mnt/vmnet-helper/bin belongs to user 501") as unknown,
        },
        start: { code: "ERR_VMNET_HELPER_UNSAFE" },
        files: [],
      });
    });

    it("asks nobody on a terminal without consent", async () => {
      await prepare(PASSWORD);
      expect(await run(...onTerminal("-", "none", "refused"))).toMatchObject({
        check: { code: "ERR_VMNET_HELPER_SUDO_REFUSED" },
        start: { code: "ERR_VMNET_HELPER_SUDO_REFUSED" },
        asked: [],
      });
    });

    it("ends a helper that hangs as root in a session of sudo's own", async () => {
      await prepare(`Defaults use_pty\n${PASSWORD}`, "hang");
      expect(await run(...onTerminal("secret", "none", "hang", "ask"))).toMatchObject({
        error: { code: "ERR_ABORTED" },
        files: ["h.log"],
        processes: [],
      });
    });

    // With use_pty, the default since sudo 1.9.14, the helper is in a session that sudo made.
    describe.each(["use_pty", "!use_pty"])("on a terminal, Defaults %s", (defaults) => {
      const sudoers = `Defaults ${defaults}\n${PASSWORD}`;

      it("asks once with consent, and starts with the password that sudo remembers", async () => {
        await prepare(sudoers);
        const result = await run(...onTerminal("secret", "none", "life", "ask"));
        expect(result).toMatchObject({
          state: "running",
          outcome: "terminated",
          asked: ["sudo /mnt/vmnet-helper/bin/vmnet-helper --version"],
          exited: { exitCode: 0 },
          files: ["h.log"],
          processes: [],
        });
        // In the terminal's session, or in one that sudo made: not one that it leads itself.
        const { pid } = result["identity"] as { pid: number };
        expect((result["interface"] as { x_sid: number }).x_sid).not.toBe(pid);
      });

      it.each([
        ["interrupt", "a Ctrl-C ends us, not the helper", 2],
        ["hangup", "the helper outlives its terminal", 1],
      ])("%s: %s", async (action, _, signal) => {
        await prepare(sudoers);
        // Words 5 and 6 of the command are Node and the scenarios.
        const command = onTerminal("secret", action, "stay", "ask");
        const result = await runInside("sh", "-c", '"$@"; "$5" "$6" stop', "sh", ...command);
        expect(result.stdout).toContain(`STATUS ${signal}\n`);
        const [started, stopped] = resultsOf(result);
        expect(started).toMatchObject({
          interface: { x_uid: 0 },
          // Nobody has checked before: the start asks.
          asked: [expect.stringContaining("--socket /mnt/home/h.sock") as unknown],
        });
        expect(stopped).toMatchObject({
          state: "running",
          outcome: "terminated",
          files: ["h.log"],
          processes: [],
        });
      });
    });
  },
);

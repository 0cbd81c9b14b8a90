import { spawnSync } from "node:child_process";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openScreen } from "./screen.js";
import { ISO, openStore, SIZE } from "./surroundings.js";

/** How a person sets each up, with a prompt of two characters and nothing that guesses along. */
const SHELLS = {
  bash: {
    command: 'exec bash --noprofile --rcfile "$HOME/.bashrc" -i',
    script: undefined,
    files: { ".bashrc": `PS1='> '\neval "$(vfm completion bash)"\n` },
    tabsForAll: 2,
  },
  zsh: {
    command: "exec zsh -i",
    script: "zfunc/_vfm",
    files: {
      ".zshrc": `PS1='> '\nfpath=("$HOME/zfunc" $fpath)\nautoload -U compinit\ncompinit -u\n`,
    },
    tabsForAll: 1,
  },
  fish: {
    command: "exec fish -i",
    script: ".config/fish/completions/vfm.fish",
    files: {
      ".config/fish/config.fish":
        "function fish_prompt; echo '> '; end\nset -g fish_greeting\nset -g fish_autosuggestion_enabled 0\n",
    },
    tabsForAll: 1,
  },
} as const;

// What a person types before TAB, and what stands there once "X" was typed after it: in this way the
// space or the slash at the end is seen.
const COMPLETED = [
  ["vfm li", "vfm list X"],
  // There is a directory of this name here.
  ["vfm stop c", "vfm stop c1 X"],
  // No machine begins so, but a path does.
  ["vfm inspect s", "vfm inspect sX"],
  ["vfm --store .. inspect w", "vfm --store .. inspect web-1 X"],
  ["vfm --store ~ inspect w", "vfm --store ~ inspect web-1 X"],
  ["vfm create --netw", "vfm create --network X"],
  ["vfm create --network v", "vfm create --network vmnet-shared X"],
  ["vfm create --iso b2", String.raw`vfm create --iso b2d\ image.iso X`],
  ["vfm create --mount sh", "vfm create --mount shared/X"],
] as const;

/** Keys are typed ahead: what they bring is waited for. */
const PATIENCE = { timeout: 20_000 };

describe.skipIf(!hasProgram("tmux", "-V"))("completion at the keyboard (needs tmux)", () => {
  let vfm: Awaited<ReturnType<typeof openStore>>;
  let here: string;
  beforeAll(async () => {
    vfm = await openStore();
    await vfm.ok("create", "c1", "--no-start", "--iso", ISO, ...SIZE);
    await vfm.ok("create", "web-1", "--no-start", "--iso", ISO, ...SIZE);
    await mkdir(join(vfm.home, "bin"));
    await symlink(vfm.entry, join(vfm.home, "bin", "vfm"));
    here = join(vfm.home, "here");
    await mkdir(join(here, "shared"), { recursive: true });
    await mkdir(join(here, "c1"));
    await writeFile(join(here, "b2d image.iso"), "");
    await writeFile(join(here, "shares"), "");
  });
  afterAll(async () => {
    await vfm[Symbol.asyncDispose]();
  });

  const openShell = async (name: keyof typeof SHELLS) => {
    const { command, script, files } = SHELLS[name];
    for (const [path, text] of Object.entries(files)) await write(path, text);
    if (script !== undefined) await write(script, await vfm.ok("completion", name));
    const env = {
      ...vfm.env,
      HOME: vfm.home,
      PATH: `${join(vfm.home, "bin")}${delimiter}${vfm.env["PATH"]}`,
      ZDOTDIR: vfm.home,
      XDG_CONFIG_HOME: join(vfm.home, ".config"),
      XDG_DATA_HOME: join(vfm.home, ".local"),
    };
    const screen = await openScreen(vfm.host, vfm.home, command, { cwd: here, env });
    await expect.poll(() => screen.text(), PATIENCE).toBe(">");
    return screen;
  };

  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(join(vfm.home, path, ".."), { recursive: true });
    await writeFile(join(vfm.home, path), text);
  };

  for (const name of ["bash", "zsh", "fish"] as const) {
    it.skipIf(!hasProgram(name, "--version"))(
      `TAB in a real ${name} completes commands, machines, options and paths, and shows the choice (skipped where there is none)`,
      async () => {
        await using screen = await openShell(name);
        for (const [typed, completed] of COMPLETED) {
          await screen.type(typed);
          await screen.press("Tab");
          await screen.type("X");
          await expect.poll(() => screen.text(), PATIENCE).toBe(`> ${completed}`);
          await screen.press("C-u", "C-l");
          await expect.poll(() => screen.text(), PATIENCE).toBe(">");
        }
        const { tabsForAll } = SHELLS[name];
        await screen.type("vfm stop ");
        await screen.press(...Array.from({ length: tabsForAll }, () => "Tab"));
        await expect.poll(() => screen.text(), PATIENCE).toMatch(/^c1 +web-1$/m);
        await screen.press("C-c");
        await screen.type("vfm st");
        await screen.press(...Array.from({ length: tabsForAll }, () => "Tab"));
        // bash has no meanings.
        const choice = name === "bash" ? /^start +status +stop$/m : /stop +.*shut machines down/;
        await expect.poll(() => screen.text(), PATIENCE).toMatch(choice);
      },
    );
  }
});

/** Some shells are on no computer by themselves. */
function hasProgram(name: string, versionFlag: string): boolean {
  return spawnSync(name, [versionFlag], { stdio: "ignore" }).error === undefined;
}

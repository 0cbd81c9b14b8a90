import type { CommandDefinition } from "../command-line/types.js";

/** What looks after this computer and the program itself. */
export const careCommands: readonly CommandDefinition[] = [
  {
    name: "doctor",
    summary: "find what keeps machines from working, and say what to do",
    description: `The exit code is 0 when all is well, 6 when there are warnings, 1 when something
fails. --fix does what is safe: it ends processes that no machine owns any more
and deletes what dead commands left.`,
    options: [{ name: "fix", summary: "do what is safe" }],
    examples: ["vfm doctor", "vfm doctor --fix", "vfm doctor --json"],
    schema: "doctor",
    load: async () => (await import("../commands/doctor.js")).doctor,
  },
  {
    name: "cache",
    summary: "list, add to and prune the downloaded ISOs",
    description: `list   what is there (this is the default)
add    downloads an ISO (URL, minikube or minikube@VERSION) and prints its path
prune  deletes unfinished downloads and, with --all, every ISO; machines have
       copies of their own and do not mind`,
    arguments: [
      { name: "action", complete: ["list", "add", "prune"] },
      { name: "iso", complete: ["minikube"] },
    ],
    options: [{ name: "all", short: "a", summary: "with prune: whole ISOs as well" }],
    examples: ["vfm cache", "vfm cache add minikube@1.38.0", "vfm cache prune --all"],
    schema: "cache",
    load: async () => (await import("../commands/cache.js")).cache,
  },
  {
    name: "completion",
    summary: "print a completion script for a shell",
    arguments: [{ name: "shell", required: true, complete: ["bash", "zsh", "fish", "powershell"] }],
    examples: [
      'eval "$(vfm completion bash)"',
      "vfm completion zsh > ~/.zfunc/_vfm",
      "vfm completion fish > ~/.config/fish/completions/vfm.fish",
      "vfm completion powershell | Out-String | Invoke-Expression",
    ],
    load: async () => (await import("../commands/completion.js")).completion,
  },
  {
    name: "version",
    summary: "print the versions of vfm, vfkit and vmnet-helper",
    examples: ["vfm version", "vfm version --json"],
    schema: "version",
    load: async () => (await import("../commands/version.js")).version,
  },
  {
    name: "help",
    summary: "explain a command",
    arguments: [{ name: "command", complete: "nothing" }],
    examples: ["vfm help create"],
    load: async () => (await import("../commands/help.js")).help,
  },
];

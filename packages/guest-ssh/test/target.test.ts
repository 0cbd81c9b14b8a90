import { describe, expect, it } from "vitest";
import { runCommand, sshArgv, sshConfigBlock, waitForSsh, type SshTarget } from "../src/index.js";
import { assertTarget } from "../src/target.js";
import { codeOf } from "./support/codes.js";

const TARGET: SshTarget = {
  host: "192.168.64.3",
  port: 22,
  user: "docker",
  privateKeyPath: "/store/dev/id_ed25519",
  knownHostsPath: "/store/dev/known_hosts",
  hostKeyAlias: "dev",
};

describe("assertTarget", () => {
  it.each<Partial<SshTarget>>([
    { host: "fe80::1%bridge100" },
    { host: "::1" },
    { host: "dev.local" },
    { host: "localhost." },
    { port: 65_535 },
    { user: "user.name@domain" },
    { privateKeyPath: "/My Store/100%/it's/\u00e9" },
    { hostKeyAlias: "Dev_1.2-3" },
  ])("takes %j", (change) => {
    expect(() => assertTarget({ ...TARGET, ...change })).not.toThrow();
  });

  it.each<Partial<SshTarget>>([
    { host: "" },
    { host: "-oProxyCommand=evil" },
    { host: "a b" },
    { host: "user@host" },
    { host: "host\n" },
    { host: "ssh://host" },
    { port: 0 },
    { port: 65_536 },
    { port: 22.5 },
    { port: Number.NaN },
    { user: "" },
    { user: "-l" },
    { user: "a b" },
    { user: "a\nb" },
    { privateKeyPath: "id" },
    { privateKeyPath: "~/id" },
    { privateKeyPath: '/a"b' },
    { privateKeyPath: "/a\\b" },
    { privateKeyPath: "/a\nb" },
    { knownHostsPath: "" },
    { knownHostsPath: "/${HOME}/known_hosts" },
    { hostKeyAlias: "" },
    { hostKeyAlias: "a,b" },
    { hostKeyAlias: "*" },
    { hostKeyAlias: "-a" },
    { hostKeyAlias: "a b" },
  ])("refuses %j and quotes it", (change) => {
    const [field, value] = Object.entries(change)[0] ?? [];
    expect(() => assertTarget({ ...TARGET, ...change })).toThrow(
      expect.objectContaining({
        code: "ERR_SSH_INVALID_TARGET",
        message: expect.stringContaining(`${field} of the SSH target is ${JSON.stringify(value)}`),
      }),
    );
  });

  it("guards every entrance", async () => {
    const bad = { ...TARGET, host: "-v" };
    expect(await codeOf(waitForSsh(bad))).toBe("ERR_SSH_INVALID_TARGET");
    expect(await codeOf(runCommand(bad, "true"))).toBe("ERR_SSH_INVALID_TARGET");
    expect(() => sshArgv(bad)).toThrow("-v");
    expect(() => sshConfigBlock(bad, "dev")).toThrow("-v");
    expect(() => sshConfigBlock(TARGET, "a b")).toThrow("a b");
  });
});

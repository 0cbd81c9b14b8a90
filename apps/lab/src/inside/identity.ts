import { chmod, copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { HOME, HOST_NAME, MAC_USER, PRIVATE } from "../lab-paths.js";
import { bindFile } from "./mounts.js";

/**
 * The rule for labctl is there always. Rules for vmnet-helper and the firewall are added and taken
 * away by `labctl sudo`; whatever has no rule, sudo refuses with "a password is required".
 */
const SUDOERS = `Defaults env_reset
Defaults secure_path="/usr/sbin:/usr/bin:/sbin:/bin"
root ALL=(ALL:ALL) ALL
${MAC_USER.name} ALL=(root) NOPASSWD: /mnt/lab/bin/labctl
${MAC_USER.name} ALL=(root) NOPASSWD: /opt/vmnet-helper/bin/vmnet-helper
${MAC_USER.name} ALL=(root) NOPASSWD: /usr/libexec/ApplicationFirewall/socketfilterfw
`;

/** No password is ever right; who needs none is accepted whatever the host's own rules say. */
const PAM = `auth required pam_deny.so
account required pam_permit.so
session required pam_permit.so
`;

/**
 * Makes the user `mac` known, in the lab alone, and gives the real sudo the lab's rules: private
 * files mounted over the host's.
 */
export async function provideIdentity(): Promise<void> {
  const passwd = withoutIds(await readFile("/etc/passwd", "utf8"), MAC_USER.name, MAC_USER.uid);
  // "*" rather than "x": there is no line in /etc/shadow to look for.
  const line = `${MAC_USER.name}:*:${MAC_USER.uid}:${MAC_USER.gid}:Mac:${HOME}:/bin/bash\n`;
  await cover("/etc/passwd", passwd + line, 0o644);
  await cover("/etc/sudoers", SUDOERS, 0o440);
  await cover("/etc/pam.d/sudo", PAM, 0o644);
}

/** The lab's host name, which PID 1 has set, gets an address, or sudo complains that it has none. */
export async function provideHostName(): Promise<void> {
  await cover("/etc/hosts", `127.0.0.1 localhost ${HOST_NAME}\n`, 0o644);
}

/** `passwd` without the lines of that name or that uid. */
export function withoutIds(passwd: string, name: string, uid: number): string {
  const lines = passwd.split("\n").filter((line) => {
    const fields = line.split(":");
    return line !== "" && fields[0] !== name && fields[2] !== String(uid);
  });
  return lines.map((line) => `${line}\n`).join("");
}

async function cover(path: string, content: string, mode: number): Promise<void> {
  const copy = join(PRIVATE, path.slice(path.lastIndexOf("/") + 1));
  const own = path === "/etc/pam.d/sudo" ? `${copy}-pam` : copy;
  await writeFile(own, content);
  await chmod(own, mode);
  await bindFile(own, path);
}

/** Copies a stand-in into the lab, where its user cannot change it. */
export async function installProgram(source: string, target: string, mode = 0o755): Promise<void> {
  await copyFile(source, target);
  await chmod(target, mode);
}

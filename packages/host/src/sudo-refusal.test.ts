import { describe, expect, it } from "vitest";
import { sudoRefusal } from "./sudo-refusal.js";

describe("sudoRefusal", () => {
  it.each([
    // Wordings of sudo 1.8 and 1.9, C locale.
    ["sudo: a password is required\n", "password"],
    [
      "sudo: a terminal is required to read the password; either use the -S option to read from standard input or configure an askpass helper\n",
      "password",
    ],
    ["sudo: a terminal is required to authenticate\n", "password"],
    ["sudo: no tty present and no askpass program specified\n", "password"],
    ["sudo: sorry, you must have a tty to run sudo\n", "password"],
    ["sudo: interactive authentication is required\n", "password"],
    ["Sorry, try again.\nsudo: 3 incorrect password attempts\n", "password"],
    ["sudo: timed out reading password\n", "password"],
    [
      "Sorry, user x is not allowed to execute '/opt/vmnet-helper --version' as root on mac.local.\n",
      "denied",
    ],
    ["Sorry, user x may not run sudo on mac.\n", "denied"],
    ["x is not in the sudoers file.  This incident will be reported.\n", "denied"],
    ["x is not allowed to run sudo on mac.  This incident will be reported.\n", "denied"],
    ["sudo: /opt/vmnet-helper: command not found\n", "denied"],
    ["sudo: /usr/bin/sudo must be owned by uid 0 and have the setuid bit set\n", "denied"],
    ["sudo: effective uid is not 0, is /usr/bin/sudo on a file system with nosuid?\n", "denied"],
    ["sudo: no valid sudoers sources found, quitting\n", "denied"],
    ["sudo: unable to resolve host mac: Name or service not known\n", undefined],
    [
      "sudo: unable to resolve host mac: Temporary failure\nERROR vmnet_start_interface: VMNET_FAILURE\n",
      undefined,
    ],
    ["the sudo: a password is required\n", undefined],
    ["", undefined],
  ])("%j: %s", (stderr, expected) => {
    expect(sudoRefusal(stderr)).toBe(expected);
  });

  it("sees a refusal behind a warning", () => {
    expect(
      sudoRefusal("sudo: unable to resolve host mac: No such host\nsudo: a password is required\n"),
    ).toBe("password");
  });
});

/**
 * Why sudo did not run a command: `"password"` when it wants one (or a terminal to ask on), which a
 * person could cure; `"denied"` when sudoers does not permit it or sudo cannot work at all.
 */
export type SudoRefusal = "password" | "denied";

const WANTS_PASSWORD =
  /^sudo: (?:a password is required|a terminal is required to|no tty present|sorry, you must have a tty|interactive authentication is required|no password was provided|timed out reading password|unable to read password|\d+ incorrect password attempts?)/m;

const DENIED =
  /^(?:Sorry, user .* (?:is not allowed to|may not run)|.* is not (?:in the sudoers file|allowed to run sudo)|sudo: .*(?:command not found|must be owned by uid|must be setuid root|effective uid is not|no valid sudoers|no new privileges|account validation failure|account or password is expired|you do not exist|unable to (?:execute|initialize policy)))/m;

/**
 * Reads sudo's own messages (in the C locale) from the stderr of a command that ended with exit code
 * 1. Warnings that sudo prints before it runs the command all the same, such as "unable to resolve
 * host", are none.
 */
export function sudoRefusal(stderr: string): SudoRefusal | undefined {
  if (WANTS_PASSWORD.test(stderr)) return "password";
  return DENIED.test(stderr) ? "denied" : undefined;
}

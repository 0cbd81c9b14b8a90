import type { FailedAttempt, SshFailureReason } from "../../src/index.js";

/** Collects failed attempts, and tells when one with a reason has come. */
export function watchAttempts() {
  const seen: FailedAttempt[] = [];
  let check: (() => void) | undefined;
  return {
    seen,
    onAttempt: (attempt: FailedAttempt): void => {
      seen.push(attempt);
      check?.();
    },
    saw: (reason: SshFailureReason, times = 1): Promise<void> =>
      new Promise((resolve) => {
        check = () => {
          if (seen.filter((attempt) => attempt.reason === reason).length >= times) resolve();
        };
        check();
      }),
  };
}

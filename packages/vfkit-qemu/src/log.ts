import type { Logger } from "@vfkit-machine/host";
import type { LogLevel } from "@vfkit-machine/vfkit-config";
import { formatLogrusLine, type LogrusLevel } from "./log-format.js";

const RANKS: Readonly<Record<LogrusLevel, number>> = {
  debug: 0,
  info: 1,
  warning: 2,
  error: 3,
  fatal: 4,
};

/**
 * A logger with vfkit's format and levels.
 *
 * @param level the lowest that is written (vfkit's default is `info`)
 * @param write takes whole lines, as `process.stderr.write` does
 */
export function createLogger(
  level: LogLevel | undefined,
  write: (line: string) => void,
): Logger & { fatal(message: string): void } {
  const at =
    (rank: LogrusLevel) =>
    (message: string): void => {
      if (RANKS[rank] < RANKS[level ?? "info"]) return;
      write(formatLogrusLine(Date.now(), rank, message));
    };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warning"),
    error: at("error"),
    fatal: at("fatal"),
  };
}

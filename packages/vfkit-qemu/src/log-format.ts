/** As logrus names them; `fatal` is `error` after which the program ends. */
export type LogrusLevel = "debug" | "info" | "warning" | "error" | "fatal";

/** One line of vfkit's own log, as logrus writes it where stderr is no terminal. */
export function formatLogrusLine(nowMs: number, level: LogrusLevel, message: string): string {
  const time = `${new Date(nowMs).toISOString().slice(0, 19)}Z`;
  return `time=${quoteWhereNeeded(time)} level=${level} msg=${quoteWhereNeeded(message)}\n`;
}

/** logrus leaves a value bare when it holds nothing but these characters. */
function quoteWhereNeeded(text: string): string {
  return /^[\w.\-/@^+]*$/.test(text) ? text : JSON.stringify(text);
}

/** What one answered request was. */
export interface RequestSummary {
  readonly status: number;
  readonly durationMs: number;
  /** Empty over a unix socket. */
  readonly clientAddress: string;
  readonly method: string;
  readonly path: string;
}

/** One line of vfkit's request log, as gin writes it on stdout. */
export function formatRequestLine(nowMs: number, request: RequestSummary): string {
  const iso = new Date(nowMs).toISOString();
  const time = `${iso.slice(0, 10).replaceAll("-", "/")} - ${iso.slice(11, 19)}`;
  const columns = [
    `[GIN] ${time} `,
    ` ${request.status} `,
    ` ${formatDuration(request.durationMs).padStart(13)} `,
    ` ${request.clientAddress.padStart(15)} `,
    ` ${request.method.padEnd(7)}  ${JSON.stringify(request.path)}`,
  ];
  return `${columns.join("|")}\n`;
}

function formatDuration(ms: number): string {
  if (ms < 1) return `${trimZeros((ms * 1000).toFixed(3))}µs`;
  if (ms < 1000) return `${trimZeros(ms.toFixed(6))}ms`;
  return `${trimZeros((ms / 1000).toFixed(9))}s`;
}

function trimZeros(decimal: string): string {
  return decimal.replace(/\.?0+$/, "");
}

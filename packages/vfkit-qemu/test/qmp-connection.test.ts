/// <reference lib="esnext.disposable" />
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { QmpConnection } from "../src/qmp-connection.js";
import type { QmpEvent } from "../src/qmp-messages.js";

const GREETING = '{"QMP": {"version": {"qemu": {"major": 7}}, "capabilities": []}}\r\n';

interface Rig extends AsyncDisposable {
  /** Our end. */
  readonly stream: Socket;
  /** The end of a QEMU that is played by the test. */
  readonly qemu: Socket;
}

async function rig(): Promise<Rig> {
  const directory = await mkdtemp(join(tmpdir(), "vq-"));
  const server = createServer();
  server.listen(join(directory, "qmp"));
  await once(server, "listening");
  const stream = connect(join(directory, "qmp"));
  const [qemu] = (await once(server, "connection")) as [Socket];
  server.close();
  const close = async (): Promise<void> => {
    stream.destroy();
    qemu.destroy();
    await rm(directory, { recursive: true });
  };
  return { stream, qemu, [Symbol.asyncDispose]: close };
}

/** Answers each command with what `reply` says of it. */
function play(qemu: Socket, reply: (command: string, id: number) => string | undefined): void {
  let rest = "";
  qemu.on("data", (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const { execute, id } = JSON.parse(line) as { execute: string; id: number };
      const answer = reply(execute, id);
      if (answer !== undefined) qemu.write(`${answer}\n`);
    }
  });
}

test("greets, runs commands and passes events on", async () => {
  await using given = await rig();
  const events: QmpEvent[] = [];
  play(given.qemu, (command, id) =>
    command === "query-status"
      ? `{"event":"STOP"}\nrubbish\n{"return":{"status":"paused"},"id":${id}}`
      : `{"return":{},"id":${id}}`,
  );
  given.qemu.write(GREETING);
  const connection = await QmpConnection.open(given.stream, (event) => events.push(event));
  expect(await connection.execute("query-status")).toEqual({ status: "paused" });
  expect(events).toMatchObject([{ event: "STOP", data: {} }]);
});

test("QEMU's refusal is an error with its words", async () => {
  await using given = await rig();
  play(given.qemu, (command, id) =>
    command === "cont"
      ? `{"error":{"class":"GenericError","desc":"no way"},"id":${id}}`
      : `{"return":{},"id":${id}}`,
  );
  given.qemu.write(GREETING);
  const connection = await QmpConnection.open(given.stream, () => undefined);
  await expect(connection.execute("cont")).rejects.toMatchObject({
    code: "ERR_QMP",
    message: "QEMU refused cont: no way",
  });
});

test("a QEMU that hangs up fails what waits and what comes after", async () => {
  await using given = await rig();
  play(given.qemu, (command, id) => {
    if (command !== "stop") return `{"return":{},"id":${id}}`;
    given.qemu.destroy();
    return undefined;
  });
  given.qemu.write(GREETING);
  const connection = await QmpConnection.open(given.stream, () => undefined);
  await expect(connection.execute("stop")).rejects.toMatchObject({ code: "ERR_QMP" });
  await expect(connection.execute("stop")).rejects.toMatchObject({ code: "ERR_QMP" });
});

test("a QEMU that hangs up before its greeting", async () => {
  await using given = await rig();
  const opening = QmpConnection.open(given.stream, () => undefined);
  given.qemu.destroy();
  await expect(opening).rejects.toMatchObject({ code: "ERR_QMP" });
});

test("silence ends at the deadline or with the signal", async () => {
  await using given = await rig();
  const { stream } = given;
  const opening = QmpConnection.open(stream, () => undefined, { timeoutMs: 20 });
  await expect(opening).rejects.toMatchObject({ code: "ERR_TIMEOUT" });
  const signal = AbortSignal.abort();
  await expect(QmpConnection.open(stream, () => undefined, { signal })).rejects.toMatchObject({
    code: "ERR_ABORTED",
  });
});

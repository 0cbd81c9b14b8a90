// Answers every packet on a unix socket with the same HTTP response, without looking at it: what a
// round trip costs when the server costs nothing.
import { createServer } from "node:net";

const BODY = JSON.stringify({
  state: "VirtualMachineStateRunning",
  canStart: false,
  canPause: true,
  canResume: false,
  canStop: true,
  canHardStop: true,
});
const RESPONSE = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;

createServer((socket) => {
  socket.on("data", () => socket.write(RESPONSE));
  // A client that goes away in the middle is no concern of ours.
  socket.on("error", () => socket.destroy());
}).listen(process.argv[2], () => process.send?.("ready"));

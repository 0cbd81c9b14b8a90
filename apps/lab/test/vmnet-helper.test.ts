import { describe, expect, test } from "vitest";
import { FIXTURES, inLab, skipped, whyNoLab, type Mode } from "./in-lab.js";

const HELPER = "/opt/vmnet-helper/bin/vmnet-helper";
/** Runs `$1`, at most 10 s, until it is true. */
const AWAIT = `await() { timeout 10 bash -c "until $1; do :; done"; }`;

const REFUSED = [
  ["", 'either "fd" or "socket" required'],
  ["--socket a --fd 3", "mutually exclusive"],
  ["--socket", "requires an argument"],
  ["--socket a --operation-mode wild", "Invalid operation-mode"],
  ["--socket a --operation-mode bridged", "shared-interface is required"],
  ["--socket a --start-address 192.168.1.1", "must be given together"],
  ["--socket a --interface-id 1", "Invalid interface-id"],
  ["--socket a --network n --operation-mode shared", "cannot be used with --operation-mode"],
  ["--socket a --network n", "requires macOS 26"],
  [`--socket /${"a".repeat(103)}`, "too long (104 > 103)"],
  ["--sockets a", "Invalid option: --sockets"],
] as const;

describe.each<Mode>(["root", "user namespace"])("vmnet-helper in a lab as %s", (mode) => {
  const why = whyNoLab(mode);
  const sudo = mode === "root" ? "sudo --non-interactive " : "";

  describe.skipIf(why !== "")(`relays${skipped(why)}`, () => {
    test("prints its interface, then binds; serves one client; removes what it made on SIGTERM", () => {
      const id = "1A2B3C4D-0000-4000-8000-000000000001";
      const { stdout, stderr } = inLab(
        mode,
        `${AWAIT}; cd "$HOME"
         ${sudo}${HELPER} --socket="$HOME/h.sock" --interface-id ${id} >out 2>err &
         await "[ -S $HOME/h.sock ]"; stat -c '%a %u' h.sock h.sock.lock
         wc -l <out; cat out
         python3 ${FIXTURES}/helper_client.py "$HOME/h.sock" vmnet9
         labctl taps | grep used
         ${sudo}${HELPER} --socket "$HOME/h.sock" >/dev/null 2>&1; echo "locked $?"
         kill %1; wait %1; echo "stopped $?"; ls
         ${sudo}${HELPER} --socket "$HOME/h.sock" --interface-id ${id} >again 2>err &
         await "[ -S $HOME/h.sock ]"; cmp out again && echo "same interface"; kill -INT $!; wait $!; echo $?`,
      );
      expect(stderr).toBe("");
      const lines = stdout.split("\n");
      const uid = mode === "root" ? "501" : "0";
      expect(lines.slice(0, 3)).toEqual([`600 ${uid}`, `600 ${uid}`, "1"]);
      expect(JSON.parse(lines[3] ?? "")).toEqual({
        vmnet_mac_address: expect.stringMatching(/^[0-9a-f][26ae](?::[0-9a-f]{2}){5}$/),
        vmnet_start_address: "192.168.64.1",
        vmnet_end_address: "192.168.64.254",
        vmnet_subnet_mask: "255.255.255.0",
        vmnet_mtu: 1500,
        vmnet_max_packet_size: 1514,
        vmnet_interface_id: id,
        vmnet_nat66_prefix: expect.stringMatching(/^fd/),
        vmnet_read_max_packets: 256,
        vmnet_write_max_packets: 256,
      });
      expect(lines.slice(4)).toEqual([
        "out True",
        "in True",
        "second Operation not permitted",
        "vmnet0 used",
        "locked 1",
        "stopped 0",
        "err",
        "out",
        "same interface",
        "0",
        "",
      ]);
    });
  });
});

const why = whyNoLab("root");
describe.skipIf(why !== "")(`vmnet-helper and its surroundings${skipped(why)}`, () => {
  test("needs root before macOS 26, and on macOS 26 before version 0.9", () => {
    const start = `${HELPER} --socket "$HOME/h.sock" >out 2>err & wait_or_kill`;
    const { stdout } = inLab(
      "root",
      `${AWAIT}; cd "$HOME"
         wait_or_kill() {
           await "[ -S h.sock ] || ! kill -0 $! 2>/dev/null"; kill $! 2>/dev/null; wait $!
           echo "$? $(wc -l <out)"
         }
         ${start}; grep -c root err; labctl macos 26.0; ${start}
         labctl helper version 0.8.1; ${start}; ${HELPER} --version
         labctl helper version 0.6.0; ${HELPER} --version`,
    );
    expect(stdout.split("\n")).toEqual([
      "1 0",
      "1",
      "0 1",
      "1 0",
      "version: v0.8.1",
      "commit: 0000000000000000000000000000000000000000",
      "v0.6.0",
      "",
    ]);
  });

  test("goes wrong as labctl tells it", () => {
    const { stdout } = inLab(
      "root",
      `${AWAIT}; cd "$HOME"; labctl macos 26.0
         try() { # MODE CONDITION: until that is so; then: lines printed, is there a socket, exit code
           labctl helper "$1"; rm -f out err; ${HELPER} --socket "$HOME/h.sock" >out 2>err &
           await "$2"; echo "$1 $(wc -l <out) $([ -S h.sock ] && echo bound || echo unbound)"
           [ "$3" = ends ] || kill $!; wait $!; echo $?
         }
         try hang "grep -qs uid err"
         try garbage "[ -s out ]"; grep -c '{' out
         try exit "grep -qs VMNET_FAILURE err" ends
         try no-socket "[ -s out ]"
         try die "grep -qs INVALID_ACCESS err && [ ! -S h.sock ]" ends
         labctl helper ignore-term; ${HELPER} --socket "$HOME/h.sock" >out 2>err &
         await "[ -S h.sock ] && grep -q waiting err"; kill $!; kill -0 $! && echo ignored; kill -KILL $!`,
    );
    expect(stdout.split("\n")).toEqual([
      "hang 0 unbound",
      "0",
      "garbage 1 unbound",
      "0",
      "0",
      "exit 0 unbound",
      "1",
      "no-socket 1 unbound",
      "0",
      "die 1 unbound",
      "1",
      "ignored",
      "",
    ]);
  });

  test("refuses what the real one refuses", () => {
    const script = REFUSED.map(([words]) => `${HELPER} ${words} 2>&1 >/dev/null | head -n 1`);
    const lines = inLab("root", script.join("\n")).stdout.split("\n");
    expect(lines).toEqual([
      ...REFUSED.map(([, message]) => expect.stringContaining(message) as string),
      "",
    ]);
  });
});

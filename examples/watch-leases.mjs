// Prints every address that macOS gives to a virtual machine, the moment it is written down.
//   node examples/watch-leases.mjs [LEASES_FILE]
import { isExpired, watchLeases } from "@vfkit-machine/dhcp-leases";

const [path] = process.argv.slice(2);
const interrupt = new AbortController();
process.once("SIGINT", () => interrupt.abort());

const seen = new Set();
try {
  for await (const { leases, skipped } of watchLeases({ path, signal: interrupt.signal })) {
    for (const lease of leases) {
      const key = `${lease.ipAddress} ${lease.expiresAtMs}`;
      if (seen.has(key) || isExpired(lease, Date.now())) continue;
      seen.add(key);
      const who = lease.macAddress ?? "a DUID";
      // `name` was sent by a guest: JSON keeps control characters off the terminal.
      console.log(`${lease.ipAddress} ${who} ${JSON.stringify(lease.name ?? "")}`);
    }
    for (const { reason } of skipped) console.error(`passed over: ${reason}`);
  }
} catch (error) {
  if (error.code !== "ERR_ABORTED") throw error;
}

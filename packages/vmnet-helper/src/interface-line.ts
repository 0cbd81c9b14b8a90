import { MachineError } from "@vfkit-machine/host";
import { z } from "zod";
import type { VmnetInterface } from "./types.js";

const text = z.string().optional();
const whole = z.number().int().nonnegative().optional();

const schema = z.looseObject({
  vmnet_mac_address: z
    .string()
    .regex(/^[0-9a-f]{1,2}(?::[0-9a-f]{1,2}){5}$/i, "not a MAC address")
    .optional(),
  vmnet_start_address: text,
  vmnet_end_address: text,
  vmnet_subnet_mask: text,
  vmnet_mtu: whole,
  vmnet_max_packet_size: whole,
  vmnet_interface_id: text,
  vmnet_nat66_prefix: text,
  vmnet_read_max_packets: whole,
  vmnet_write_max_packets: whole,
  net_ipv4_subnet: text,
  net_ipv4_mask: text,
  net_ipv6_prefix: text,
  net_ipv6_prefix_len: whole,
});

/**
 * Reads the line of JSON in which the helper describes its interface. Unknown keys are kept, known
 * ones of a wrong type refused.
 *
 * @throws MachineError `ERR_VMNET_HELPER_BAD_OUTPUT`
 */
export function parseInterfaceLine(line: string): VmnetInterface {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw badOutput(`is no JSON: ${quote(line)}`, error);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw badOutput(
    `is wrong at ${quote(issue?.path.join(".") ?? "")} (${issue?.message}): ${quote(line)}`,
  );
}

/** `ERR_VMNET_HELPER_BAD_OUTPUT`; `what` completes "the interface that vmnet-helper described ...". */
export function badOutput(what: string, cause?: unknown): MachineError {
  return new MachineError(`the interface that vmnet-helper described ${what}`, {
    code: "ERR_VMNET_HELPER_BAD_OUTPUT",
    hint: "Is this really vmnet-helper? Run it with --version.",
    cause,
  });
}

function quote(line: string): string {
  return JSON.stringify(line.length > 200 ? `${line.slice(0, 200)}...` : line);
}

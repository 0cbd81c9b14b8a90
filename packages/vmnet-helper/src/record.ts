import { z } from "zod";
import type { HelperRecord } from "./types.js";

const schema = z.object({
  pid: z.int().positive(),
  startTime: z.string().min(1),
  socketPath: z.string().startsWith("/"),
});

/** Reads a record that was kept as JSON. @returns undefined when it is none, or damaged */
export function parseHelperRecord(text: string): HelperRecord | undefined {
  try {
    const parsed = schema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

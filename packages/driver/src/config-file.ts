import {
  isMachineError,
  MachineError,
  readFileBounded,
  stripControlCharacters,
  systemErrorCode,
  writeFileAtomic,
} from "@vfkit-machine/host";
import { copyFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { CONFIG_VERSION } from "./config-version.js";
import { acceptPlainConfig } from "./plain-config.js";
import { CONFIG_FILE } from "./machine-paths.js";
import { migrateConfig, MIGRATIONS, type Migration } from "./migrate-config.js";
import type { MachineConfig } from "./types.js";

const MAX_BYTES = 1024 * 1024;

/**
 * Reads a machine's `config.json`, and brings it forward when an older version wrote it: the old
 * file is kept as `config.v<N>.json`.
 *
 * @param directory of the machine; its last part is the machine's name
 * @throws MachineError `ERR_CONFIG_INVALID`, `ERR_CONFIG_NEWER`, `ERR_MACHINE_NOT_FOUND`
 */
export async function readConfig(
  directory: string,
  migrations: Readonly<Record<number, Migration>> = MIGRATIONS,
): Promise<MachineConfig> {
  const path = join(directory, CONFIG_FILE);
  const name = basename(directory);
  try {
    const raw = parseJson(await readText(path, name), path);
    const migrated = migrateConfig(raw, migrations);
    const config = await validate(migrated ?? raw);
    requireOwn(config, directory);
    if (migrated !== undefined) {
      const { schemaVersion } = raw as { schemaVersion: number };
      await copyFile(path, join(directory, `config.v${schemaVersion}.json`));
      await writeConfig(path, config);
    }
    return config;
  } catch (error) {
    if (!isMachineError(error, "ERR_CONFIG_INVALID", "ERR_CONFIG_NEWER")) throw error;
    throw new MachineError(`${path}: ${error.message}`, {
      code: error.code,
      hint: error.hint,
      cause: error,
    });
  }
}

/**
 * Whatever the quick look does not know goes to the schema, which says what is wrong with it. Loading
 * the schema takes longer than listing a hundred machines.
 */
async function validate(value: unknown): Promise<MachineConfig> {
  const plain = acceptPlainConfig(value);
  if (plain !== undefined) return plain;
  const { parseMachineConfig } = await import("./config-schema.js");
  return parseMachineConfig(value);
}

/** Replaces `config.json` in one step, mode 0600. */
export async function writeConfig(path: string, config: MachineConfig): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(config, undefined, 2)}\n`);
}

async function readText(path: string, name: string): Promise<string> {
  try {
    return (await readFileBounded(path, MAX_BYTES)).toString("utf8");
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") throw noSuchMachine(name, path, error);
    throw new MachineError(`cannot be read: ${code ?? String(error)}`, {
      code: "ERR_CONFIG_INVALID",
      cause: error,
    });
  }
}

function noSuchMachine(name: string, path: string, cause: unknown): MachineError {
  return new MachineError(`there is no machine ${name}: ${path} does not exist`, {
    code: "ERR_MACHINE_NOT_FOUND",
    hint: "List the machines that there are with vfm list.",
    cause,
  });
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const seen = text.trim() === "" ? "is empty" : `is not JSON: ${shortened(text)}`;
    throw new MachineError(`${basename(path)} in ${dirname(path)} ${seen}`, {
      code: "ERR_CONFIG_INVALID",
      hint: `Restore it, or remove the machine and create it again. Version ${CONFIG_VERSION} is expected.`,
      cause: error,
    });
  }
}

function shortened(text: string): string {
  const clean = stripControlCharacters(text).replaceAll("\n", " ");
  return JSON.stringify(clean.length > 60 ? `${clean.slice(0, 57)}...` : clean);
}

/** What is in a machine's directory must speak of that machine. */
function requireOwn(config: MachineConfig, directory: string): void {
  const name = basename(directory);
  if (config.name === name) return;
  if (config.name.toLowerCase() === name.toLowerCase()) {
    // A file system that does not tell them apart.
    throw new MachineError(`there is no machine ${name}, but there is ${config.name}`, {
      code: "ERR_MACHINE_NOT_FOUND",
    });
  }
  throw new MachineError(`name ${JSON.stringify(config.name)} is not that of the directory`, {
    code: "ERR_CONFIG_INVALID",
  });
}

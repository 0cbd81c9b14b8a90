import { assertSuccess, createHost, type Host } from "@vfkit-machine/host";

/** The host as seen from inside, with the administrator's programs on its PATH. */
export const host: Host = createHost({
  env: { ...process.env, PATH: `/usr/sbin:/sbin:/usr/bin:/bin:${process.env["PATH"] ?? ""}` },
});

/** Runs a program of the set-up; anything but exit code 0 ends the set-up. */
export async function run(argv: readonly string[], input?: string): Promise<void> {
  const [file = "", ...args] = argv;
  assertSuccess(await host.runner.run(file, args, input === undefined ? {} : { input }));
}

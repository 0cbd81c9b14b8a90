// Prints every path of an image, as the rivals do.
import { openIso } from "@vfkit-machine/iso-extract";

const iso = await openIso(process.argv[2] ?? "");
for await (const batch of iso.walkBatches()) {
  process.stdout.write(batch.map(({ path }) => `${path}\n`).join(""));
}
await iso.close();

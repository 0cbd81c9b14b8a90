// Prints every path of an image, as the rivals do.
import { openIso } from "@vfkit-machine/iso-extract";

const iso = await openIso(process.argv[2] ?? "");
for await (const batch of iso.walkBatches()) {
  let text = "";
  for (const { path } of batch) text += `${path}\n`;
  process.stdout.write(text);
}
await iso.close();

// Prints every path of an image, as the rivals do.
import { openIso } from "@vfkit-machine/iso-extract";

const CHUNK_CHARACTERS = 65_536;
const iso = await openIso(process.argv[2] ?? "");
let text = "";
for await (const { path } of iso.walk()) {
  text += `${path}\n`;
  if (text.length < CHUNK_CHARACTERS) continue;
  process.stdout.write(text);
  text = "";
}
process.stdout.write(text);
await iso.close();

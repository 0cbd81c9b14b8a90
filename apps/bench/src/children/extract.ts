// Takes one file out of an image and prints this process's peak memory in KiB.
import { openIso } from "@vfkit-machine/iso-extract";

const [image = "", path = "", destination = ""] = process.argv.slice(2);
const iso = await openIso(image);
await iso.extractFile(path, destination);
await iso.close();
process.stdout.write(`${process.resourceUsage().maxRSS}\n`);

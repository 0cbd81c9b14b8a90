import {
  ISO_IDENTIFIER,
  OTHER_IDENTIFIER,
  RAW_SECTOR,
  RAW_SYNC,
  SECTOR_BYTES,
  SYSTEM_AREA_SECTORS,
  UDF_IDENTIFIERS,
  ascii,
  startsWith,
} from "./layout.js";
import { descriptorIdentifiers } from "./volume-descriptors.js";

/** Why a file is no ISO 9660 image, in words for the error. */
export interface Diagnosis {
  /** Is it a known kind of disc that this package does not read, rather than no disc at all? */
  readonly disc: boolean;
  readonly seen: string;
  readonly hint: string;
}

const NO_DISC: readonly { readonly magic: readonly number[]; readonly is: string }[] = [
  { magic: [0x1f, 0x8b], is: "gzip" },
  { magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a], is: "xz" },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], is: "zstd" },
  { magic: [0x42, 0x5a, 0x68], is: "bzip2" },
  { magic: [0x50, 0x4b, 0x03, 0x04], is: "zip" },
  { magic: [0x37, 0x7a, 0xbc, 0xaf], is: "7-zip" },
];

/** @param head the image's first sectors, beginning at byte 0, as many as there are up to sector 32 */
export function diagnose(head: Buffer): Diagnosis {
  const udf = descriptorIdentifiers(head).find((id) => UDF_IDENTIFIERS.includes(id));
  if (udf !== undefined) {
    return {
      disc: true,
      seen: `holds only UDF (${udf} in its recognition sequence), which is not supported`,
      hint: "Mount it, or unpack it with 7z; an image with an ISO 9660 side is readable here.",
    };
  }
  const first = SYSTEM_AREA_SECTORS * SECTOR_BYTES;
  const { highSierraAt, highSierra, cdi } = OTHER_IDENTIFIER;
  if (ascii(head, first + highSierraAt, highSierra.length) === highSierra) {
    return {
      disc: true,
      seen: "is a High Sierra disc, older than ISO 9660, which is not supported",
      hint: "Convert it to ISO 9660 first.",
    };
  }
  if (ascii(head, first + 1, cdi.length) === cdi) {
    return {
      disc: true,
      seen: "is a CD-i disc, which is not supported",
      hint: "Convert it to ISO 9660 first.",
    };
  }
  if (startsWith(head, RAW_SYNC)) {
    return {
      disc: true,
      seen: `holds raw CD sectors of ${RAW_SECTOR.bytes} bytes, which are not supported`,
      hint: "Convert the .bin of a .cue to .iso first, for instance with bchunk.",
    };
  }
  return { disc: false, ...noDisc(head) };
}

function noDisc(head: Buffer): { seen: string; hint: string } {
  const packed = NO_DISC.find(({ magic }) => startsWith(head, magic));
  if (packed !== undefined) {
    return { seen: `it begins as a ${packed.is} file`, hint: "Unpack it first." };
  }
  if (/^\s*<(!doctype html|html|\?xml)/i.test(ascii(head, 0, 256))) {
    return {
      seen: "it begins as a web page",
      hint: "The download gave an error page: check the URL.",
    };
  }
  const needed = (SYSTEM_AREA_SECTORS + 1) * SECTOR_BYTES;
  if (head.length < needed) {
    return {
      seen: `it has ${head.length} bytes, the smallest image ${needed}`,
      hint: "The download or copy stopped early. Fetch the image again.",
    };
  }
  return {
    seen: `no ${ISO_IDENTIFIER} at byte ${SYSTEM_AREA_SECTORS * SECTOR_BYTES + 1}`,
    hint: "Check that this is the file you meant.",
  };
}

export { openIso } from "./open.js";
export type { IsoImage } from "./iso-image.js";
export type {
  ByteSource,
  EntryType,
  ExtractFileOptions,
  ExtractFileResult,
  ExtractTreeOptions,
  ExtractTreeResult,
  IsoEntry,
  IsoInput,
  IsoLimits,
  IsoOptions,
  IsoProgress,
  IsoVolume,
  ListOptions,
  Namespace,
  OpenIsoOptions,
  ReadStreamOptions,
} from "./types.js";

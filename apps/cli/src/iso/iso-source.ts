import { createHash } from "node:crypto";
import { basename, resolve } from "node:path";
import { UsageError } from "../exit-codes.js";

/** Where an ISO comes from. */
export type IsoSource =
  | { readonly kind: "file"; readonly path: string }
  | {
      readonly kind: "url";
      readonly url: string;
      /** Name of the file in the cache. */
      readonly fileName: string;
      /** Lower-case hexadecimal, when the URL itself said it. */
      readonly sha256: string | undefined;
    };

/** The release whose ISO is taken when none is named. */
export const MINIKUBE_VERSION = "1.38.0";

const MINIKUBE = "https://storage.googleapis.com/minikube/iso/";

/**
 * Reads the value of `--iso`: a path, a URL (`#sha256=...` says its sum), `minikube` or
 * `minikube@VERSION`. A file of that name wins over the last two when it is written as a path:
 * `./minikube`.
 *
 * @param arch as `process.arch`
 * @throws UsageError
 */
export function parseIsoSource(text: string, arch: string): IsoSource {
  if (text.trim() === "") throw new UsageError("--iso is empty", HINT);
  const minikube = /^minikube(?:@v?(.*))?$/.exec(text);
  if (minikube !== null) return minikubeSource(text, minikube[1] ?? MINIKUBE_VERSION, arch);
  if (/^https?:\/\//i.test(text)) return urlSource(text);
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(text)?.[1];
  if (scheme !== undefined) {
    throw new UsageError(`--iso ${text}: ${scheme} is not http or https`, HINT);
  }
  return { kind: "file", path: resolve(text) };
}

const HINT = "Give a path, an http or https URL, minikube, or minikube@1.38.0.";

function minikubeSource(text: string, version: string, arch: string): IsoSource {
  if (!/^\d+\.\d+\.\d+(?:-[A-Za-z0-9.-]{1,40})?$/.test(version)) {
    throw new UsageError(`--iso ${text}: ${JSON.stringify(version)} is not a version`, HINT);
  }
  const fileName = `minikube-v${version}-${arch === "arm64" ? "arm64" : "amd64"}.iso`;
  return { kind: "url", url: `${MINIKUBE}${fileName}`, fileName, sha256: undefined };
}

function urlSource(text: string): IsoSource {
  if (!URL.canParse(text)) throw new UsageError(`--iso ${text}: not a URL`, HINT);
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") {
    throw new UsageError(
      `--iso ${url.origin}: a URL with a password would stay in your shell's history`,
      "Download it yourself and give its path.",
    );
  }
  const sum = /^#sha256=(.*)$/i.exec(url.hash)?.[1]?.toLowerCase();
  if (sum !== undefined && !/^[0-9a-f]{64}$/.test(sum)) {
    throw new UsageError(`--iso ${text}: a SHA-256 sum has 64 hexadecimal digits`);
  }
  url.hash = "";
  return { kind: "url", url: url.href, fileName: fileNameOf(url), sha256: sum };
}

/** Two URLs may end alike: a part of the URL's own sum keeps their files apart. */
function fileNameOf(url: URL): string {
  const last = basename(url.pathname).replaceAll(/[^A-Za-z0-9._-]/g, "_");
  const stem = last
    .replace(/\.iso$/i, "")
    .replace(/^\.+/, "")
    .slice(0, 80);
  const tag = createHash("sha256").update(url.href).digest("hex").slice(0, 8);
  return `${stem === "" ? "image" : stem}-${tag}.iso`;
}

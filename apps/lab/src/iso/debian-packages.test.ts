import { expect, test } from "vitest";
import { parseDependencies } from "./debian-packages.js";

test("reads what packages depend on: alternatives too, virtual packages and suggestions not", () => {
  const stdout = [
    "sudo",
    "  Depends: libaudit1",
    "  PreDepends: libc6",
    " |Depends: libpam-runtime",
    "  Depends: <default-mta>",
    "    exim4-daemon-light",
    "  Depends: libc6",
    "  Depends: zlib1g:arm64",
    "  Conflicts: sudo-ldap",
    "",
  ].join("\n");
  expect(parseDependencies(stdout)).toEqual(["libaudit1", "libc6", "libpam-runtime", "zlib1g"]);
});

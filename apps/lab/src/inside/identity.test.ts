import { expect, test } from "vitest";
import { withoutIds } from "./identity.js";

test("takes out whoever has the name or the uid of the lab's user", () => {
  const passwd =
    "root:x:0:0:root:/root:/bin/sh\nmac:x:1000:5::/:/bin/sh\nbin:x:501:2::/:/bin/sh\nx:x:1:501::/:\n";
  expect(withoutIds(passwd, "mac", 501)).toBe("root:x:0:0:root:/root:/bin/sh\nx:x:1:501::/:\n");
});

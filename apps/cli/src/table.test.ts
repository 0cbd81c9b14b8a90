import { expect, it } from "vitest";
import { formatTable } from "./table.js";

it("makes columns as wide as their content, without trailing blanks", () => {
  const table = formatTable(
    ["NAME", "IP"],
    [
      ["a-long-name", "-"],
      ["b", "192.168.64.2"],
    ],
  );
  expect(table).toBe("NAME         IP\na-long-name  -\nb            192.168.64.2");
});

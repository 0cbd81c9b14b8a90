import { expect, it } from "vitest";
import { alternate, median } from "./statistics.js";

it("takes the middle of an odd count and the mean of the middle two of an even one", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(() => median([])).toThrow("nothing");
});

it("takes turns, each round beginning with another, and does not count the first round", async () => {
  const turns: string[] = [];
  const medians = await alternate(
    2,
    () => turns.push("a"),
    () => turns.push("b"),
  );
  expect(turns.join("")).toBe("abbaab");
  expect(medians).toHaveLength(2);
});

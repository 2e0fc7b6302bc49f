import { describe, expect, it } from "vitest";
import { ceilingOf, extended, LENGTH, points } from "../live/sparkline";

describe("a line", () => {
  it("holds two minutes and forgets the oldest", () => {
    const full = Array.from({ length: 500 }, (_, i) => i).reduce<readonly number[]>(extended, []);
    expect([full.length, full[0], full.at(-1)]).toEqual([LENGTH, 380, 499]);
  });

  it("has the newest at the right edge and nothing in its gaps", () => {
    expect(points([0, null, 5], 5, 119, 10)).toBe("117,10 119,0");
    expect(points([], 5, 119, 10)).toBe("");
  });

  it("stays within its field", () => {
    expect(points([99], 5, 119, 10)).toBe("119,0");
  });

  it.each([
    [[], 2],
    [[1.9, null], 2],
    [[3], 5],
    [[900], 120],
  ])("of %j is drawn under %d s", (values, expected) => {
    expect(ceilingOf(values)).toBe(expected);
  });
});

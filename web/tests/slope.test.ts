import { expect, it } from "vitest";
import { slopeOf, type Point } from "./browser/slope";

const line = (slope: number): Point[] => Array.from({ length: 10 }, (_, at) => [at, 5 + slope * at]);

it.each([0, 0.25, -2])("the slope of a line is its slope: %s", (slope) => {
  expect(slopeOf(line(slope))).toBeCloseTo(slope);
});

it("what comes and goes again is no slope", () => {
  const spiky = line(0).map(([at, value], index): Point => [at, index % 4 === 2 ? value + 100 : value]);
  expect(slopeOf(spiky)).toBe(0);
});

it("what goes up in steps has one", () => {
  expect(slopeOf(line(0).map(([at, value]): Point => [at, value + Math.floor(at / 3)]))).toBeGreaterThan(
    0.25,
  );
});

it("one point has none", () => {
  expect(slopeOf([[0, 1]])).toBeNaN();
});

import { describe, expect, it } from "vitest";
import { found, missed, unknown, type Rhythm } from "../live/rhythm";

/** Ask for what appears at these moments until the last has come: how late each was found, and how often was asked. */
function follow(appearances: readonly number[], start = 0): { late: number[]; asked: number } {
  const late: number[] = [];
  let rhythm: Rhythm = unknown(start, 2, 0.1);
  let asked = 0;
  for (const moment of appearances) {
    for (;;) {
      const at = rhythm.next;
      asked += 1;
      if (at >= moment) {
        late.push(at - moment);
        rhythm = found(rhythm, at, 2);
        break;
      }
      rhythm = missed(rhythm, at);
    }
  }
  return { late, asked };
}

const every2s = (count: number, jitter = () => 0) =>
  Array.from({ length: count }, (_, i) => 1.3 + 2 * i + jitter());

describe("asking for what appears every two seconds", () => {
  it("finds it within a tenth of a second, with less than two questions each", () => {
    const { late, asked } = follow(every2s(60));
    expect(Math.max(...late.slice(5))).toBeLessThan(0.13);
    expect(asked).toBeLessThan(2 * 60);
  });

  it("comes into phase from anywhere within a few turns", () => {
    for (const start of [-5, -0.5, 0, 0.9]) {
      expect(Math.max(...follow(every2s(14), start).late.slice(9))).toBeLessThan(0.13);
    }
  });

  it("stays near it when it comes unevenly", () => {
    let seed = 1;
    const jitter = () => ((seed = (seed * 16807) % 2147483647) / 2147483647) * 0.16;
    const { late, asked } = follow(every2s(100, jitter));
    expect(late.slice(5).reduce((sum, one) => sum + one, 0) / 95).toBeLessThan(0.12);
    expect(asked).toBeLessThan(3 * 100);
  });

  it("asks ever more rarely when nothing comes, down to once a period", () => {
    let rhythm = unknown(0, 2, 0.1);
    const gaps: number[] = [];
    for (let i = 0; i < 60; i += 1) {
      const at = rhythm.next;
      rhythm = missed(rhythm, at);
      gaps.push(rhythm.next - at);
    }
    expect(gaps[0]).toBeCloseTo(0.1);
    expect(gaps.every((gap, i) => gap > (gaps[i - 1] ?? 0) - 1e-9)).toBe(true);
    expect(gaps.at(-1)).toBeCloseTo(2);
    expect(gaps.filter((gap) => gap < 1.9).length).toBeLessThan(25);
  });
});

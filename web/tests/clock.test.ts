import { describe, expect, it } from "vitest";
import { CENTRES, readClock } from "./browser/clock";

const now = Date.parse("2026-11-21T14:03:22.123Z");

/** The cells as the test picture draws them, after a lossy encoder. */
function draw(time: number): number[] {
  const bits = Array.from((time % 2 ** 32).toString(2).padStart(32, "0"), Number);
  const parity = bits.filter((bit) => bit === 1).length % 2;
  return [1, 0, ...bits, parity, 1].map((cell) => (cell === 1 ? 228 : 31));
}

describe("the clock in the picture", () => {
  it.each([now, now - 12_345, Math.ceil(now / 2 ** 32) * 2 ** 32, 2 ** 32 - 1])("is read at %i", (time) => {
    expect(readClock(draw(time), time + 60_000)).toBe(time);
    expect(readClock(draw(time), time - 60_000)).toBe(time);
  });

  it("is not read from a picture with a bit turned over", () => {
    for (let cell = 0; cell < 36; cell += 1) {
      const cells = draw(now);
      cells[cell] = 255 - (cells[cell] ?? 0);
      expect(readClock(cells, now)).toBeNull();
    }
  });

  it("is not read from black, white or too little", () => {
    expect(readClock(new Array<number>(36).fill(0), now)).toBeNull();
    expect(readClock(new Array<number>(36).fill(255), now)).toBeNull();
    expect(readClock(draw(now).slice(1), now)).toBeNull();
  });

  it("lies where the test picture has it", () => {
    expect([CENTRES.length, CENTRES[0], CENTRES[35]]).toEqual([36, { x: 24, y: 456 }, { x: 584, y: 456 }]);
  });
});

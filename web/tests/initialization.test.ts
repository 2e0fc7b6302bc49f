import { describe, expect, it } from "vitest";
import { makeLive } from "../live/initialization";
import { header, LENGTH, section } from "./movie";

describe("a Media Initialization Section", () => {
  it.each([0, 1] as const)(
    "is that of a live stream when its movie header (version %d) says no length",
    (version) => {
      const bytes = section(header(version, LENGTH));
      expect(makeLive(bytes)).toBe(true);
      expect(bytes).toEqual(section(header(version, 0)));
    },
  );

  it("is left as it is when it has no movie header, or half of one, or one of a kind unknown", () => {
    const whole = section(header(1, LENGTH));
    const unknown = section(header(1, LENGTH).with(8, 2));
    for (const bytes of [new Uint8Array(), whole.slice(0, 60), whole.slice(0, 24), unknown]) {
      const before = bytes.slice();
      expect(makeLive(bytes)).toBe(false);
      expect(bytes).toEqual(before);
    }
  });
});

import { describe, expect, it } from "vitest";
import type { Phase } from "../live/machine";
import type { Status } from "../live/status";
import { wordsFor } from "../live/words";

const now = new Date(2026, 10, 21, 14, 30);
const box: Status = {
  state: "offline",
  name: "Floor Camera",
  reason: "The camera does not answer.",
  advice: "Is it plugged in?",
  since: null,
  beat: 1,
  publishLag: null,
};
const say = (phase: Phase, status: Status | null = null, lastPictureAt: Date | null = null) =>
  wordsFor({ phase, status, lastPictureAt }, now);

describe("the words", () => {
  it("are few while the picture is live", () => {
    expect(say("live", box)).toEqual({ label: "Live", headline: null, detail: null, advice: null });
  });

  it("are the box's own where it has some", () => {
    expect(say("offline", box)).toEqual({
      label: "Offline",
      headline: "Floor Camera is offline",
      detail: "The camera does not answer.",
      advice: "Is it plugged in?",
    });
  });

  it("say since when nothing came, where the box says nothing", () => {
    const today = say("offline", null, new Date(2026, 10, 21, 14, 3, 22));
    expect(today.detail).toMatch(/^No new picture since (0?2|14):03:22/);
    const before = say("offline", null, new Date(2026, 10, 19, 14, 3, 22));
    expect(before.detail).toContain("19");
    expect(say("offline").detail).toBe("No picture has arrived.");
  });

  it.each(["connecting", "reconnecting", "offline", "paused", "autoplay-blocked", "unsupported"] as const)(
    "are there for %s, without a box too",
    (phase) => {
      const { label, headline } = say(phase);
      expect(label).not.toBe("");
      expect(headline).not.toBe("");
    },
  );
});

import { describe, expect, it } from "vitest";
import { opened } from "../live/evidence";
import { isSilent } from "../live/machine";
import { box, evidenceOf, playlist, refused, failed, streaming, tell, type Step } from "./story";

describe("what the store refuses and what the box says", () => {
  tell([
    {
      name: "a quiet stream whose box says that the camera is offline is offline at once",
      steps: [...streaming(0.5, 10.5), [17, box("offline")]],
      shown: [
        [16.9, "reconnecting"],
        [17, "offline"],
      ],
    },
    {
      name: "a box that says stopped does not darken a stream that advances",
      steps: [[0, box("stopped")], ...streaming(0.5, 10.5)],
      shown: [
        [0, "stopped"],
        [0.5, "live"],
      ],
    },
    {
      name: "a camera that its box tries to reach again and again is reconnecting, until the box falls silent as well",
      steps: [
        ...streaming(0.5, 10.5),
        ...Array.from({ length: 12 }, (_, i): Step => [12 + 10 * i, box("reconnecting", 7 + Math.min(i, 5))]),
      ],
      shown: [
        [17, "reconnecting"],
        [60, "reconnecting"],
        [81.9, "reconnecting"],
        [82.1, "offline"],
      ],
    },
    {
      name: "the remains of a stream whose box has just started are connecting",
      steps: [
        [0.2, box("starting", 1)],
        [0.5, playlist(100, 300)],
      ],
      shown: [[8, "connecting"]],
    },
    {
      name: "a box without a status takes nothing back",
      steps: [[0, box(null)], ...streaming(0.5, 10.5)],
      shown: [[10, "live"]],
    },
    {
      name: "a quiet stream whose box cannot upload is not uploading",
      steps: [...streaming(0.5, 10.5), [17, box("not_uploading")]],
      shown: [[17, "not-uploading"]],
    },
    {
      name: "a stream that nobody watched wakes up",
      steps: [[0.2, box("idle", 7)], [0.3, playlist(100, 300)], ...streaming(9.5, 12.5, 101)],
      shown: [
        [0.2, "idle"],
        [9, "idle"],
        [9.5, "live"],
      ],
    },
    {
      name: "a box that was idle and fell silent is offline",
      steps: Array.from({ length: 30 }, (_, i): Step => [2 * i, box("idle", 7)]),
      shown: [
        [40, "idle"],
        [46, "offline"],
      ],
    },
    {
      name: "a box that was switched off on purpose says so for good",
      steps: [...streaming(0.5, 10.5), [17, box("stopped", 8)]],
      shown: [
        [17, "stopped"],
        [300, "stopped"],
      ],
    },
    {
      name: "a playlist and a status that are not there are not set up",
      steps: [[0.2, failed("missing")], [0.4, box(null)], ...refused("missing", 1, 30)],
      shown: [
        [0.3, "connecting"],
        [0.4, "not-configured"],
        [30, "not-configured"],
      ],
    },
    {
      name: "a bucket that is not there is not set up either",
      steps: [
        [0.2, failed("no-bucket")],
        [0.4, box(null)],
      ],
      shown: [[0.4, "not-configured"]],
    },
    {
      name: "a playlist that is not there while the box starts is connecting",
      steps: [[0.2, failed("missing")], [0.4, box("starting", 1)], ...streaming(5.5, 8.5)],
      shown: [
        [0.4, "connecting"],
        [5.5, "live"],
      ],
    },
    {
      name: "a playlist that was there and goes missing is reconnecting, then offline",
      steps: [[0.1, box(null)], ...streaming(0.5, 10.5), ...refused("missing", 11, 40)],
      shown: [
        [15, "reconnecting"],
        [31, "offline"],
      ],
    },
    {
      name: "a store that wants another token says so, once the pictures at hand are shown",
      steps: [...streaming(0.5, 10.5), ...refused("forbidden", 11, 20)],
      shown: [
        [13, "live"],
        [17, "no-permission"],
      ],
    },
    {
      name: "a token that is refused at once is said at once, and forgotten when another one opens",
      steps: [[0.2, failed("forbidden")], ...streaming(6.5, 9)],
      shown: [
        [0.2, "no-permission"],
        [6.5, "live"],
      ],
    },
    {
      name: "a plan that is used up is at capacity",
      steps: [[0.2, failed("limited")]],
      shown: [[0.2, "at-capacity"]],
    },
    {
      name: "a busy store is reconnecting, and at capacity when that lasts",
      steps: [...streaming(0.5, 10.5), ...refused("busy", 11, 40)],
      shown: [
        [17, "reconnecting"],
        [26, "reconnecting"],
        [26.1, "at-capacity"],
      ],
    },
    {
      name: "a store in trouble is reconnecting, then offline",
      steps: [...streaming(0.5, 10.5), ...refused("unreachable", 11, 40)],
      shown: [
        [17, "reconnecting"],
        [30.6, "offline"],
      ],
    },
  ]);
});

describe("a box is silent", () => {
  const beating = (beats: readonly number[]) =>
    evidenceOf(
      beats.map((beat, i): Step => [10 * i, box("live", beat)]),
      1000,
    );

  it("when its beat has stood still for 45 s", () => {
    expect([isSilent(beating([1, 2, 2, 2, 2]), 50), isSilent(beating([1, 2, 2, 2, 2]), 56)]).toEqual([
      false,
      true,
    ]);
  });

  it("but not while it beats, nor where there is no status at all", () => {
    expect(isSilent(beating([1, 2, 3, 4, 5, 6, 7]), 80)).toBe(false);
    expect(isSilent(evidenceOf([[0, box(null)]], 1000), 1000)).toBe(false);
    expect(isSilent(opened(0, true), 1000)).toBe(false);
  });
});

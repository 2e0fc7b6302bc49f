import { expect, it } from "vitest";
import { latencyOf } from "../live/latency";

const now = new Date("2026-11-21T14:03:10Z");

it.each([
  ["the picture's date, all the way from the encoder", "2026-11-21T14:03:05.5Z", 3, 4.5],
  ["hls.js's figure where pictures have no date", null, 3, 3],
  ["hls.js's figure where the viewer's clock is slow", "2026-11-21T14:04:00Z", 3, 3],
  ["hls.js's figure where the viewer's clock is an hour fast", "2026-11-21T13:03:05Z", 3, 3],
  ["nothing before it plays", null, 0, null],
])("the latency is %s", (_name, playing, latency, expected) => {
  expect(latencyOf({ playingDate: playing === null ? null : new Date(playing), latency }, now)).toBe(
    expected,
  );
});

it("there is no latency without a player", () => {
  expect(latencyOf(undefined, now)).toBeNull();
});

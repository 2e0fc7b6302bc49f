import { expect, it } from "vitest";
import { bufferAhead, lagByDate, latencyOf } from "../live/latency";

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

it.each([
  ["the picture's date where the box's word agrees with it", "2026-11-21T14:03:05.5Z", 3.4, 0.9, 4.5],
  ["the box's word where the viewer's clock is half a minute fast", "2026-11-21T14:02:35Z", 3, 0.9, 3.9],
  ["the box's word where the viewer's clock is 3 s slow", "2026-11-21T14:03:08.5Z", 3.4, 1, 4.4],
])("with a box that says how long it took, the latency is %s", (_name, playing, latency, lag, expected) => {
  expect(latencyOf({ playingDate: new Date(playing), latency }, now, lag)).toBeCloseTo(expected);
});

it.each([
  ["as far as it should be", "2026-11-21T14:03:05Z", 2, 7, 0],
  ["behind what was lost in an outage", "2026-11-21T14:02:45Z", 2, 7, 20],
  ["not known where pictures have no date", null, 2, 7, null],
  ["not known before there is a playlist", "2026-11-21T14:03:05Z", null, 7, null],
  ["not known where playlists have no dates", "2026-11-21T14:03:05Z", 2, null, null],
])("by its date a picture is %s", (_name, playing, targetLatency, newest, expected) => {
  const hls = { playingDate: playing === null ? null : new Date(playing), targetLatency };
  const newestAt = newest === null ? null : Date.parse("2026-11-21T14:03:00Z") / 1000 + newest;
  expect(lagByDate(hls, newestAt)).toBe(expected);
});

it("the buffer reaches to the first hole", () => {
  const ranges = [
    [0, 4],
    [5, 9],
  ] as const;
  const buffered: TimeRanges = {
    length: 2,
    start: (i) => ranges[i]?.[0] ?? 0,
    end: (i) => ranges[i]?.[1] ?? 0,
  };
  expect([1, 4, 4.5, 6, 10].map((at) => bufferAhead(buffered, at))).toEqual([3, 0, 0, 3, 0]);
});

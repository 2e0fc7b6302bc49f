import Hls from "hls.js/light";
import { describe, expect, it } from "vitest";
import { liveConfig } from "../live/config";

/** The settings as a real player has taken them. */
function settingsOf(overrides: Parameters<typeof liveConfig>[0] = {}) {
  const hls = new Hls(liveConfig(overrides));
  hls.destroy();
  return hls.config;
}

describe("the configuration", () => {
  it("has the documented settings", () => {
    expect(settingsOf()).toMatchObject({
      enableWorker: true,
      lowLatencyMode: true,
      backBufferLength: 30,
      maxBufferLength: 10,
      maxMaxBufferLength: 20,
      liveSyncDurationCount: 2,
      liveMaxLatencyDurationCount: 4,
      liveDurationInfinity: true,
      highBufferWatchdogPeriod: 1,
    });
  });

  it("lets the caller's settings win", () => {
    expect(settingsOf({ backBufferLength: 8, maxBufferLength: 6 })).toMatchObject({
      backBufferLength: 8,
      maxBufferLength: 6,
      liveSyncDurationCount: 2,
    });
  });

  it("takes a distance in seconds, which hls.js refuses beside one in target durations", () => {
    expect(settingsOf({ liveSyncDuration: 3, liveMaxLatencyDuration: 8 })).toMatchObject({
      liveSyncDuration: 3,
      liveMaxLatencyDuration: 8,
    });
  });

  it.each([
    ["a playlist that answers 400", "playlistLoadPolicy", 400, true],
    ["a playlist that answers 503", "playlistLoadPolicy", 503, true],
    ["a playlist whose store refuses the connection", "playlistLoadPolicy", 0, true],
    ["a segment that answers 503", "fragLoadPolicy", 503, true],
    ["a segment whose store refuses the connection", "fragLoadPolicy", 0, true],
    ["a segment that is gone", "fragLoadPolicy", 400, false],
  ] as const)("asks for ever or gives up: %s", (_name, policy, code, expected) => {
    const retry = settingsOf()[policy].default.errorRetry;
    if (!retry) throw new Error("no retry policy");
    const response = { url: "", data: undefined, code };
    expect(retry.maxNumRetry).toBe(Number.POSITIVE_INFINITY);
    expect(retry.maxRetryDelayMs).toBeLessThanOrEqual(2000);
    expect(retry.shouldRetry?.(retry, 10_000, false, response, false)).toBe(expected);
  });
});

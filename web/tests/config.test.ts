import Hls from "hls.js/light";
import { describe, expect, it } from "vitest";
import { liveConfig, settingsFor, type Wishes } from "../live/config";

/** The settings as a real player has taken them. */
function settingsOf(wishes: Wishes = {}) {
  const hls = new Hls(liveConfig(wishes));
  hls.destroy();
  return hls.config;
}

describe("the configuration", () => {
  it("is nearer to now than the documented one, and keeps less", () => {
    expect(settingsOf()).toMatchObject({
      lowLatencyMode: true,
      backBufferLength: 10,
      liveSyncDurationCount: 1,
      liveMaxLatencyDurationCount: 4,
      maxLiveSyncPlaybackRate: 1,
      liveDurationInfinity: true,
    });
  });

  it("is the documented one where that is asked for", () => {
    expect(settingsOf({ preset: "documented" })).toMatchObject({
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
    expect(settingsOf({ hlsConfig: { backBufferLength: 8, maxBufferLength: 6 } })).toMatchObject({
      backBufferLength: 8,
      maxBufferLength: 6,
      liveSyncDurationCount: 1,
    });
  });

  it("takes a distance in seconds, which hls.js refuses beside one in target durations", () => {
    expect(settingsOf({ hlsConfig: { liveSyncDuration: 3, liveMaxLatencyDuration: 8 } })).toMatchObject({
      liveSyncDuration: 3,
      liveMaxLatencyDuration: 8,
    });
  });

  it("stays as far behind as it is told, jumps forward well beyond that, and the caller's settings still win", () => {
    const wishes: Wishes = { targetLatency: 3 };
    expect(settingsOf(wishes)).toMatchObject({ liveSyncDuration: 3, liveMaxLatencyDuration: 9 });
    expect(settingsOf({ ...wishes, preset: "documented" })).toMatchObject({ liveSyncDuration: 3 });
    const counts = { liveSyncDurationCount: 3, liveMaxLatencyDurationCount: 6 };
    expect(settingsOf({ ...wishes, hlsConfig: counts })).toMatchObject(counts);
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

  it("leaves the pace to us, unless the caller has ideas about it or wants the documented player", () => {
    expect(settingsFor().paced).toBe(true);
    expect(settingsFor({ targetLatency: 3, hlsConfig: { backBufferLength: 4 } })).toMatchObject({
      paced: true,
      targetLatency: 3,
    });
    expect(settingsFor({ preset: "documented" }).paced).toBe(false);
    expect(settingsFor({ hlsConfig: { liveSyncDurationCount: 3 } }).paced).toBe(false);
    expect(settingsFor({ hlsConfig: { maxLiveSyncPlaybackRate: 1.2 } }).paced).toBe(false);
  });
});

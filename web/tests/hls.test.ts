import type { HlsConfig } from "hls.js";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { goLive, HlsPlayback, type HlsConstructor } from "../live/hls";
import { Access } from "../live/access";
import { settingsFor } from "../live/config";
import type { Playlist } from "../live/evidence";
import type { Failure } from "../live/failure";
import type { LiveError } from "../live/playback";
import { FakeHls, theHls } from "./fakeHls";
import { header, LENGTH, section } from "./movie";

const SRC = "https://store.example/cam/stream.m3u8";

/** A playback with a diary. */
class Played {
  readonly video = document.createElement("video");
  readonly playlists: Playlist[] = [];
  readonly errors: LiveError[] = [];
  readonly failures: Failure[] = [];
  readonly diary: string[] = [];
  readonly playback: HlsPlayback;

  constructor(overrides: () => Partial<HlsConfig> = () => ({}), access = new Access(SRC, () => ({}))) {
    const settings = () => settingsFor({ hlsConfig: overrides() });
    this.playback = new HlsPlayback(this.video, SRC, FakeHls as unknown as HlsConstructor, settings, access, {
      onFailure: (failure) => this.failures.push(failure),
      onSound: () => this.diary.push("sound"),
      onPlaylist: (playlist) => this.playlists.push(playlist),
      onError: (error) => this.errors.push(error),
      onTeardown: () => this.diary.push(`teardown with ${FakeHls.alive.length} alive`),
      onRebuilt: () => this.diary.push(`rebuilt with ${FakeHls.alive.length} alive`),
    });
  }
}

let played: Played;
beforeEach(() => {
  vi.useFakeTimers();
  played = new Played();
});
afterEach(() => {
  played.playback.destroy();
  vi.useRealTimers();
});

describe("a playback with hls.js", () => {
  it("plays the source in the video, which shows its player to the console", () => {
    expect(theHls().src).toBe(SRC);
    expect(theHls().video).toBe(played.video);
    expect(played.video.hls).toBe(theHls());
  });

  it("leaves nothing behind", () => {
    theHls().fail({ type: "networkError" });
    played.playback.destroy();
    vi.advanceTimersByTime(60_000);
    expect(FakeHls.alive).toEqual([]);
    expect("hls" in played.video).toBe(false);
  });

  it("tells the facts of each playlist", () => {
    vi.setSystemTime(new Date("2026-11-21T14:03:10Z"));
    theHls().playlist(42, 3);
    expect(played.playlists).toEqual([
      { mediaSequence: 42, targetDuration: 2, newestAt: Date.parse("2026-11-21T14:03:07Z") / 1000 },
    ]);
  });

  it("sets the pace itself, unless the caller tells hls.js how", () => {
    expect(theHls().config).toHaveProperty("fLoader");
    played.playback.destroy();
    const told = new Played(() => ({ liveSyncDuration: 4, liveMaxLatencyDuration: 9 }));
    expect(theHls().config).toHaveProperty("pLoader");
    expect(theHls().config).not.toHaveProperty("fLoader");
    told.playback.destroy();
  });

  it("has the browser take the stream for live, not for a recording, unless the caller tells hls.js how", () => {
    const live = section(header(1, LENGTH));
    theHls().made(live);
    expect(live).toEqual(section(header(1, 0)));
    played.playback.destroy();
    const told = new Played(() => ({ liveSyncDuration: 4, liveMaxLatencyDuration: 9 }));
    const asMade = section(header(1, LENGTH));
    theHls().made(asMade);
    expect(asMade).toEqual(section(header(1, LENGTH)));
    told.playback.destroy();
  });

  it("asks for the caller's settings at each set-up", () => {
    const settings = { backBufferLength: 8 };
    const other = new Played(() => settings);
    played.playback.destroy();
    expect(theHls().config).toMatchObject({ backBufferLength: 8 });
    settings.backBufferLength = 4;
    other.playback.rebuild();
    expect(theHls().config).toMatchObject({ backBufferLength: 4 });
    other.playback.destroy();
  });
});

describe("what opens a private bucket", () => {
  /** The headers with which the player asks for `url`. */
  async function headersFor(url: string): Promise<Record<string, string>> {
    const { xhrSetup } = theHls().config as Partial<HlsConfig>;
    const sent: Record<string, string> = {};
    const xhr = new XMLHttpRequest();
    xhr.setRequestHeader = (name, value) => void (sent[name] = value);
    await xhrSetup?.(xhr, url, {} as never);
    return sent;
  }

  beforeEach(() => {
    played.playback.destroy();
  });

  it("goes with every request to the playlist's origin, and with no other", async () => {
    const access = new Access(SRC, () => ({ authorization: "t0", headers: { apikey: "k" } }));
    played = new Played(undefined, access);
    const opened = { apikey: "k", Authorization: "Bearer t0" };
    expect(await headersFor(SRC)).toEqual(opened);
    expect(await headersFor("https://store.example/cam/segment_1.ts")).toEqual(opened);
    expect(await headersFor("https://elsewhere.example/segment_1.ts")).toEqual({});
  });

  it("leaves room for a set-up of the caller's", async () => {
    const own: string[] = [];
    played = new Played(
      () => ({ xhrSetup: (_xhr, url) => void own.push(url) }),
      new Access(SRC, () => ({ authorization: "t0" })),
    );
    expect(await headersFor(SRC)).toEqual({ Authorization: "Bearer t0" });
    expect(own).toEqual([SRC]);
  });

  it("is renewed before a segment that was refused counts as gone", async () => {
    let tokens = 0;
    played = new Played(undefined, new Access(SRC, () => ({ authorization: () => `t${(tokens += 1)}` })));
    const segment = "https://store.example/cam/segment_1.ts";
    await headersFor(segment);
    vi.advanceTimersByTime(10_000);
    const { fragLoadPolicy } = theHls().config as Partial<HlsConfig>;
    const retry = fragLoadPolicy?.default.errorRetry;
    const again = (url: string, count: number) =>
      retry?.shouldRetry?.(retry, count, false, { url, data: undefined, code: 400 }, false);
    expect([again(segment, 0), again(segment, 1)]).toEqual([true, false]);
    expect(again("https://elsewhere.example/segment_1.ts", 0)).toBe(false);
    expect(await headersFor(segment)).toEqual({ Authorization: "Bearer t2" });
  });

  it("is asked for again after the store refused it", async () => {
    let tokens = 0;
    const access = new Access(SRC, () => ({ authorization: () => `t${(tokens += 1)}` }));
    played = new Played(undefined, access);
    expect(await headersFor(SRC)).toEqual({ Authorization: "Bearer t1" });
    expect(await headersFor(SRC)).toEqual({ Authorization: "Bearer t1" });
    vi.advanceTimersByTime(10_000);
    theHls().fail({ fatal: false, details: "levelLoadError", response: { code: 403 } });
    expect(played.failures).toEqual(["forbidden"]);
    expect(await headersFor(SRC)).toEqual({ Authorization: "Bearer t2" });
  });
});

describe("after an error", () => {
  it("goes on when it was not fatal", () => {
    theHls().fail({ fatal: false, details: "levelLoadError", response: { code: 400 } });
    vi.advanceTimersByTime(60_000);
    expect(played.diary).toEqual([]);
    expect(played.errors).toEqual([
      { details: "levelLoadError", fatal: false, status: 400, message: "it broke" },
    ]);
  });

  it("says why the playlist could not be read, and nothing of the kind about a segment", () => {
    theHls().fail({ fatal: false, details: "levelLoadError", response: { code: 503 } });
    theHls().fail({ fatal: false, details: "levelLoadTimeOut" });
    theHls().fail({ fatal: false, details: "manifestParsingError", response: { code: 200 } });
    theHls().fail({ fatal: false, details: "fragLoadError", response: { code: 404 } });
    expect(played.failures).toEqual(["busy", "unreachable", "down"]);
  });

  it("starts over a second later, destroying first and setting up second", () => {
    const first = theHls();
    first.fail({ type: "networkError", details: "manifestLoadError" });
    vi.advanceTimersByTime(900);
    expect(played.diary).toEqual([]);
    vi.advanceTimersByTime(200);
    expect(played.diary).toEqual(["teardown with 1 alive", "rebuilt with 1 alive"]);
    expect(theHls()).not.toBe(first);
    expect(played.video.hls).toBe(theHls());
  });

  it("starts over for ever while there is nothing, at a bounded rate", () => {
    for (let second = 0; second < 600; second += 1) {
      const hls = theHls();
      hls.fail({ type: "networkError" });
      for (let ms = 0; ms < 10_000 && theHls() === hls; ms += 100) vi.advanceTimersByTime(100);
    }
    expect(played.diary.length).toBe(2 * 600);
    expect(performance.now() / 1000 / 600).toBeGreaterThan(3.9);
  });

  it("is quick again once a playlist was read", () => {
    for (const wait of [1000, 2000, 4000, 4000]) {
      theHls().fail({ type: "networkError" });
      vi.advanceTimersByTime(wait);
    }
    expect(played.diary.length).toBe(8);
    theHls().playlist(1);
    theHls().fail({ type: "networkError" });
    vi.advanceTimersByTime(1000);
    expect(played.diary.length).toBe(10);
  });

  it("of the media resets the pipeline in place, and starts over when that does not last", () => {
    const hls = theHls();
    hls.fail({ type: "mediaError" });
    expect(hls.recoveries).toBe(1);
    vi.advanceTimersByTime(1000);
    expect(theHls()).toBe(hls);
    hls.fail({ type: "mediaError" });
    expect(hls.recoveries).toBe(1);
    vi.advanceTimersByTime(1000);
    expect(theHls()).not.toBe(hls);
  });

  it("of the media long after the last resets in place again", () => {
    const hls = theHls();
    hls.fail({ type: "mediaError" });
    vi.advanceTimersByTime(6000);
    hls.fail({ type: "mediaError" });
    expect(hls.recoveries).toBe(2);
  });
});

describe("what it knows", () => {
  it("is how far the picture is behind where it should be", () => {
    expect(played.playback.lag).toBeNull();
    theHls().latency = 7;
    expect(played.playback.lag).toBe(5);
  });

  it("is whether there is sound", () => {
    theHls().sound();
    expect(played.diary).toEqual(["sound"]);
  });
});

describe("going live", () => {
  it("jumps to the edge and plays", () => {
    let asked = 0;
    played.video.play = () => Promise.resolve(void (asked += 1));
    theHls().liveSyncPosition = 42;
    goLive(played.video);
    expect([played.video.currentTime, asked]).toEqual([42, 1]);
  });

  it("never jumps back", () => {
    played.video.play = () => Promise.resolve();
    played.video.currentTime = 50;
    theHls().liveSyncPosition = 42;
    goLive(played.video);
    expect(played.video.currentTime).toBe(50);
  });
});

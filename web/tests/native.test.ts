import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { NativePlayback, playsNatively } from "../live/native";
import type { Playlist } from "../live/evidence";
import type { Failure } from "../live/failure";
import { serve } from "./server";

const store = serve();
const PLAYLIST = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:42\n#EXTINF:1,\na.ts\n";

let video: HTMLVideoElement;
let playlists: Playlist[];
let failures: Failure[];
let rebuilds: number;
let playback: NativePlayback;

const play = () =>
  new NativePlayback(video, `${store.origin}/stream.m3u8`, {
    onPlaylist: (playlist) => playlists.push(playlist),
    onFailure: (failure) => failures.push(failure),
    onSound: () => undefined,
    onError: () => undefined,
    onTeardown: () => undefined,
    onRebuilt: () => (rebuilds += 1),
  });

beforeEach(() => {
  video = document.createElement("video");
  // jsdom has no media.
  video.load = () => undefined;
  playlists = [];
  failures = [];
  rebuilds = 0;
});
afterEach(() => {
  playback.destroy();
});

describe("a browser that plays HLS by itself", () => {
  it("is asked whether it does", () => {
    playback = play();
    expect(playsNatively(video)).toBe(false);
    video.canPlayType = () => "maybe";
    expect(playsNatively(video)).toBe(true);
  });

  it("gets the source when there is something to play, and the playlist is read beside it", async () => {
    store.answer("/stream.m3u8", 400, "{}");
    playback = play();
    await vi.waitFor(() => {
      expect(store.requests.length).toBeGreaterThan(0);
    });
    expect(video.src).toBe("");
    expect(failures).toEqual(["missing"]);
    store.answer("/stream.m3u8", 200, PLAYLIST);
    await vi.waitFor(() => {
      expect(video.src).toBe(`${store.origin}/stream.m3u8`);
    }, 4000);
    expect(playlists[0]).toEqual({ mediaSequence: 42, targetDuration: 1, newestAt: null });
  });

  it("gets the source again after it gave up", async () => {
    store.answer("/stream.m3u8", 200, PLAYLIST);
    playback = play();
    await vi.waitFor(() => {
      expect(video.src).not.toBe("");
    });
    Object.defineProperty(video, "error", { value: { code: 4, message: "DEMUXER_ERROR" } });
    video.dispatchEvent(new Event("error"));
    expect([video.hasAttribute("src"), rebuilds]).toEqual([false, 1]);
    await vi.waitFor(() => {
      expect(video.src).toBe(`${store.origin}/stream.m3u8`);
    }, 3000);
  });

  it("is left without a source and without questions", async () => {
    store.answer("/stream.m3u8", 200, PLAYLIST);
    playback = play();
    await vi.waitFor(() => {
      expect(video.src).not.toBe("");
    });
    playback.destroy();
    expect(video.hasAttribute("src")).toBe(false);
    const asked = store.requests.length;
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(store.requests.length).toBe(asked);
  });
});

import { act } from "react";
import { afterEach, beforeEach, expect, it } from "vitest";
import { HLSPlayer } from "../HLSPlayer";
import { loadFakeHls } from "./fakeHls";
import { eventually, show } from "./screen";
import { serve } from "./server";

const store = serve();
const made = new Set<string>();

// jsdom has no addresses for copies.
beforeEach(() => {
  URL.createObjectURL = () => {
    made.add("blob:copy");
    return "blob:copy";
  };
  URL.revokeObjectURL = (address) => void made.delete(address);
  store.answer("/cam/status.json", 200, '{"state":"offline"}');
  store.answer("/cam/snapshot.jpg", 200, "JPEG");
});
afterEach(() => {
  store.requests.length = 0;
});

const picture = () => document.querySelector<HTMLImageElement>("img")?.src;
const src = () => `${store.origin}/cam/stream.m3u8`;

it("a poster is shown until there is a picture", async () => {
  const poster = "https://site.example/floor.jpg";
  await show(<HLSPlayer src={src()} statusUrl={null} poster={poster} loadHls={loadFakeHls} />);
  expect(picture()).toBe(poster);
  act(() => void document.querySelector("video")?.dispatchEvent(new Event("loadeddata")));
  await eventually(() => {
    expect(picture()).toBeUndefined();
  });
});

it("where there is none, the snapshot beside the playlist stands in for a camera that is offline", async () => {
  await show(<HLSPlayer src={src()} loadHls={loadFakeHls} />);
  await eventually(() => {
    expect(picture()).toMatch(/\/cam\/snapshot\.jpg\?cacheNonce=\w+$/);
  });
});

it("a camera that is only connecting is not asked for a snapshot", async () => {
  await show(<HLSPlayer src={src()} statusUrl={null} loadHls={loadFakeHls} />);
  await act(() => new Promise((resolve) => setTimeout(resolve, 200)));
  expect([picture(), store.requests]).toEqual([undefined, []]);
});

it("out of a private bucket it is read with the token, and let go of in the end", async () => {
  await show(<HLSPlayer src={src()} authorization="t0" loadHls={loadFakeHls} />);
  await eventually(() => {
    expect(picture()).toBe("blob:copy");
  });
  expect(store.tokens.get("/cam/snapshot.jpg")).toBe("Bearer t0");
  expect(store.tokens.get("/cam/status.json")).toBe("Bearer t0");
  await show(null);
  expect(made.size).toBe(0);
});

import { describe, expect, it } from "vitest";
import { parseStatus, SILENT, statusUrlOf, watchStatus, type Status } from "../live/status";
import { serve } from "./server";

const full = {
  version: 1,
  camera: "cam_floor",
  name: "Floor Camera",
  state: "offline",
  since: "2026-11-21T14:03:00Z",
  reason: "The camera does not answer.",
  advice: "Is it plugged in?",
  beat: 1234,
  publish_lag: 0.31,
  events_url: "/api/cameras/cam_floor/playlist/events",
};

describe("a status", () => {
  it("is read field by field", () => {
    expect(parseStatus(full)).toEqual({
      state: "offline",
      name: "Floor Camera",
      reason: "The camera does not answer.",
      advice: "Is it plugged in?",
      since: new Date("2026-11-21T14:03:00Z"),
      beat: 1234,
      publishLag: 0.31,
      eventsUrl: "/api/cameras/cam_floor/playlist/events",
    });
  });

  it("is read from a box that says little, or something new", () => {
    const odd = { state: "dancing", since: "yesterday", beat: "1", reason: "", novelty: {} };
    expect(parseStatus(odd)).toEqual({ ...SILENT, state: "dancing" });
  });

  it.each([
    null,
    undefined,
    3,
    "live",
    [],
    [full],
    {},
    { state: 5 },
    { statusCode: "404", error: "not_found" },
  ])("is not made of %j", (json) => {
    expect(parseStatus(json)).toBeNull();
  });

  it("lies beside the playlist, without its query", () => {
    const playlist =
      "https://x.supabase.co/storage/v1/object/public/streams/location_1/cam_floor/stream.m3u8?a=b";
    expect(statusUrlOf(playlist)).toBe(
      "https://x.supabase.co/storage/v1/object/public/streams/location_1/cam_floor/status.json",
    );
    expect(statusUrlOf("cam/stream.m3u8", "https://site.example/live/")).toBe(
      "https://site.example/live/cam/status.json",
    );
  });
});

describe("watching the status", () => {
  const store = serve();

  /** The first thing that is said of `path`, or "nothing" when nothing is within so many seconds. */
  async function firstWord(path: string, seconds = 4): Promise<Status | null | "nothing"> {
    const life = new AbortController();
    const said = new Promise<Status | null | "nothing">((resolve) => {
      void watchStatus(store.origin + path, () => false, resolve, life.signal);
      setTimeout(resolve, seconds * 1000, "nothing");
    });
    const word = await said;
    life.abort();
    return word;
  }

  it("tells what the box says", async () => {
    store.answer("/status.json", 200, JSON.stringify(full));
    expect(await firstWord("/status.json")).toMatchObject({ state: "offline" });
  });

  it("tells that there is none, as Supabase does, and as others do", async () => {
    store.answer("/400.json", 400, '{"statusCode":"404","error":"not_found"}');
    store.answer("/page.json", 200, "<!doctype html>");
    expect(await firstWord("/400.json")).toBeNull();
    expect(await firstWord("/absent.json")).toBeNull();
    expect(await firstWord("/page.json")).toBeNull();
  });

  it("says nothing of the box when the store fails", async () => {
    store.answer("/503.json", 503, "");
    expect(await firstWord("/503.json", 0.5)).toBe("nothing");
    expect(store.requests.at(-1)).toMatch(/^\/503\.json/);
  });
});

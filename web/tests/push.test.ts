import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Access } from "../live/access";
import { Push, type Listener } from "../live/push";
import { serve } from "./server";

const store = serve();
const PATH = "/api/cameras/cam/playlist/events";

/** Somebody who writes down what is told. */
class Ear implements Listener {
  readonly heard: string[] = [];
  onPlaylist(text: string): void {
    this.heard.push(`playlist ${text}`);
  }
  onPart(uri: string): void {
    this.heard.push(`part ${uri}`);
  }
  onSilence(): void {
    this.heard.push("silence");
  }
}

/** The streams that were opened; what is written is sent. */
let streams: ServerResponse[];
let closed: number;
let ear: Ear;
const pushes: Push[] = [];
beforeEach(() => {
  [streams, closed, ear] = [[], 0, new Ear()];
  store.handle(PATH, (response) => {
    streams.push(response);
    response.on("close", () => (closed += 1));
    response.writeHead(200, { "content-type": "text/event-stream", "access-control-allow-origin": "*" });
    response.write("retry: 2000\n\n");
  });
});
afterEach(() => {
  for (const push of pushes.splice(0)) push.close();
  for (const stream of streams) stream.destroy();
});

function listen(authorization?: () => string): Push {
  const access = new Access(`${store.origin}/cam/stream.m3u8`, () => ({ authorization }));
  const push = new Push(store.origin + PATH, ear, access);
  pushes.push(push);
  return push;
}

const until = (condition: () => boolean) => vi.waitUntil(condition, { timeout: 5000, interval: 5 });
const asked = () => store.requests.filter((url) => url === PATH).length;

describe("what the box tells", () => {
  it("is heard as it comes", async () => {
    listen();
    await until(() => streams.length === 1);
    streams[0]?.write('event: playlist\ndata: {"text":"#EXT');
    streams[0]?.write('M3U"}\n\n:\n\nevent: part\ndata: {"uri":"segment_000001_0a.ts"}\n\n');
    await until(() => ear.heard.length === 2);
    expect(ear.heard).toEqual(["playlist #EXTM3U", "part segment_000001_0a.ts"]);
  });

  it("is asked for with a viewer's token", async () => {
    listen(() => "t0");
    await until(() => streams.length === 1);
    expect(store.tokens.get(PATH)).toBe("Bearer t0");
  });

  it("is overlooked when it is something else", async () => {
    listen();
    await until(() => streams.length === 1);
    streams[0]?.write('event: weather\ndata: {"text":"rain"}\n\nevent: playlist\ndata: no JSON\n\n');
    streams[0]?.write('event: part\ndata: {"uri":7}\n\nevent: part\ndata: null\n\n');
    streams[0]?.write('event: part\ndata: {"uri":"a"}\n\n');
    await until(() => ear.heard.length > 0);
    expect(ear.heard).toEqual(["part a"]);
  });

  it("is heard again after the stream was cut, and the silence between is told once", async () => {
    listen();
    for (const [times, stream] of [
      [1, 0],
      [2, 1],
    ] as const) {
      await until(() => streams.length === times);
      streams[stream]?.write('event: part\ndata: {"uri":"a"}\n\n');
      await until(() => ear.heard.at(-1) === "part a");
      streams[stream]?.destroy();
      await until(() => ear.heard.at(-1) === "silence");
    }
    expect(ear.heard).toEqual(["part a", "silence", "part a", "silence"]);
  });
});

describe("a box that tells nothing", () => {
  it.each([
    ["has no room", 503, "application/json"],
    ["has no such stream", 404, "application/json"],
    ["is a page that answers everything", 200, "text/html"],
  ])("because it %s is asked ever more rarely", async (_why, status, type) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    try {
      store.handle(PATH, (response) => {
        response.writeHead(status, { "content-type": type, "access-control-allow-origin": "*" }).end("x");
      });
      const before = asked();
      listen();
      for (let second = 0; second < 120; second += 1) {
        await vi.advanceTimersByTimeAsync(1000);
        // Answers take real time, which only Date shows here.
        const at = Date.now();
        await until(() => Date.now() - at >= 5);
      }
      expect(asked() - before).toBeGreaterThan(4);
      expect(asked() - before).toBeLessThan(11);
      expect(ear.heard).toEqual([]);
    } finally {
      vi.useRealTimers();
    }
  });

  it("not even that it lives, is left after 25 s and opened again", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    try {
      listen();
      await vi.waitFor(() => {
        expect(streams.length).toBe(1);
      });
      streams[0]?.write('event: part\ndata: {"uri":"a"}\n\n');
      await vi.waitFor(() => {
        expect(ear.heard).toEqual(["part a"]);
      });
      await vi.advanceTimersByTimeAsync(20_000);
      expect([closed, streams.length]).toEqual([0, 1]);
      await vi.advanceTimersByTimeAsync(6000);
      await vi.waitFor(() => {
        expect(streams.length).toBe(2);
      });
      expect(ear.heard).toEqual(["part a", "silence"]);
    } finally {
      vi.useRealTimers();
    }
  });
});

it("a player that is closed hears nothing more, and holds no connection", async () => {
  const push = listen();
  await until(() => streams.length === 1);
  push.close();
  await until(() => closed === 1);
  const before = asked();
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(asked()).toBe(before);
  expect(ear.heard).toEqual([]);
});

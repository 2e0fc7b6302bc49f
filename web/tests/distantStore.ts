import { afterEach, beforeEach, vi } from "vitest";
import { LiveEdge, type Answer, type Asking } from "../live/edge";

export const URL_ = "https://store.example/cam/stream.m3u8";
export const LATENCY = 30; // milliseconds
export const name = (serial: number) => `segment_${String(serial).padStart(6, "0")}_0a.ts`;

export function playlist(first: number, last: number, duration: number, parts = false): string {
  const segments = Array.from(
    { length: last - first + 1 },
    (_, i) => `#EXTINF:${duration},\n${name(first + i)}\n`,
  );
  const info = parts ? `#EXT-X-PART-INF:PART-TARGET=${duration}\n` : "";
  return `#EXTM3U\n#EXT-X-TARGETDURATION:2\n${info}#EXT-X-MEDIA-SEQUENCE:${first}\n${segments.join("")}`;
}

/** A store at the other end of a line, where things appear by and by. */
class DistantStore implements Asking<object> {
  readonly asked: string[] = [];
  playlistAt: (seconds: number) => string | number = () => 400;
  partAt: (name: string, seconds: number) => boolean = () => false;
  private busy = 0;
  most = 0;

  async text(url: string): Promise<Answer<string>> {
    const found = await this.carry(url, () => this.playlistAt(performance.now() / 1000));
    return typeof found === "string" ? { data: found, code: 200 } : { data: null, code: found };
  }

  async bytes(url: string): Promise<Answer<ArrayBuffer>> {
    const { pathname } = new URL(url);
    const file = pathname.split("/").at(-1) ?? "";
    const isThere = await this.carry(url, () => this.partAt(file, performance.now() / 1000));
    return isThere ? { data: new ArrayBuffer(8), code: 200 } : { data: null, code: 400 };
  }

  private async carry<T>(url: string, look: () => T): Promise<T> {
    this.asked.push(url);
    this.busy += 1;
    this.most = Math.max(this.most, this.busy);
    await new Promise((resolve) => setTimeout(resolve, LATENCY / 2));
    const seen = look();
    await new Promise((resolve) => setTimeout(resolve, LATENCY / 2));
    this.busy -= 1;
    return seen;
  }
}

export interface News {
  readonly at: number;
  readonly newest: string;
}

/** Of each test: made before it. `start` is when it began, seconds. */
export let store: DistantStore;
export let edge: LiveEdge<object>;
export let life: AbortController;
export let start: number;
beforeEach(() => {
  vi.useFakeTimers();
  store = new DistantStore();
  edge = new LiveEdge(URL_);
  life = new AbortController();
  start = performance.now() / 1000;
});
afterEach(() => {
  life.abort();
  vi.useRealTimers();
});

/** Everything new within so many seconds; times count from the beginning. */
export async function watch(seconds: number): Promise<News[]> {
  const news: News[] = [];
  const loop = async () => {
    for (;;) {
      const next = await edge.next(store, life.signal).catch(() => null);
      if (next === null) return;
      const newest =
        "text" in next ? (next.text.trim().split("\n").at(-1) ?? "") : `failed ${next.failed.code}`;
      news.push({ at: performance.now() / 1000 - start, newest });
      // hls.js asks again by itself after a failure, about once a second.
      if ("failed" in next) await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  };
  void loop();
  await vi.advanceTimersByTimeAsync(seconds * 1000);
  return news;
}

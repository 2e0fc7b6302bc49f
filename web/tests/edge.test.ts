import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LiveEdge, type Answer, type Asking } from "../live/edge";

const URL_ = "https://store.example/cam/stream.m3u8";
const LATENCY = 30; // milliseconds
const name = (serial: number) => `segment_${String(serial).padStart(6, "0")}_0a.ts`;

function playlist(first: number, last: number, duration: number, parts = false): string {
  const segments = Array.from(
    { length: last - first + 1 },
    (_, i) => `#EXTINF:${duration},\n${name(first + i)}\n`,
  );
  const info = parts ? `#EXT-X-PART-INF:PART-TARGET=${duration}\n` : "";
  return `#EXTM3U\n#EXT-X-TARGETDURATION:2\n${info}#EXT-X-MEDIA-SEQUENCE:${first}\n${segments.join("")}`;
}

/** A store at the other end of a line, where things appear by and by. */
class Store implements Asking<object> {
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

interface News {
  readonly at: number;
  readonly newest: string;
}

let store: Store;
let edge: LiveEdge<object>;
let life: AbortController;
let start: number;
beforeEach(() => {
  vi.useFakeTimers();
  store = new Store();
  edge = new LiveEdge(URL_);
  life = new AbortController();
  start = performance.now() / 1000;
});
afterEach(() => {
  life.abort();
  vi.useRealTimers();
});

/** Everything new within so many seconds; times count from the beginning. */
async function watch(seconds: number): Promise<News[]> {
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

describe("whole segments", () => {
  const everyTwoSeconds = (seconds: number) => {
    const last = 10 + Math.floor((seconds - start - 0.7) / 2);
    return playlist(Math.max(0, last - 4), last, 2);
  };

  it("are known a moment after they are listed, for one or two requests each", async () => {
    store.playlistAt = everyTwoSeconds;
    const news = await watch(60);
    expect(news.length).toBeGreaterThan(28);
    const late = news.slice(5).map(({ at }) => (at - 0.7) % 2);
    expect(Math.max(...late)).toBeLessThan(0.2);
    expect(store.asked.length).toBeLessThan(2.2 * 30);
    expect(store.asked.every((url) => /stream\.m3u8\?cacheNonce=\w+$/.test(url))).toBe(true);
    expect(new Set(store.asked).size).toBe(store.asked.length);
  });

  it("are asked for again at once when the store is out of sorts for a moment", async () => {
    store.playlistAt = (seconds) =>
      Math.floor((seconds - start) * 10) % 10 === 8 ? 503 : everyTwoSeconds(seconds);
    const news = await watch(30);
    expect(news.map(({ newest }) => newest).filter((newest) => newest.startsWith("failed"))).toEqual([]);
    expect(news.length).toBeGreaterThan(13);
  });

  it("that do not come any more are asked for no more than once in their duration", async () => {
    store.playlistAt = () => playlist(0, 4, 2);
    await watch(30);
    const before = store.asked.length;
    expect(before).toBeLessThan(45);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(store.asked.length - before).toBeLessThanOrEqual(31);
  });

  it("of a store that is down: one try each time the player asks", async () => {
    store.playlistAt = (seconds) => (seconds - start < 10 ? everyTwoSeconds(seconds) : 503);
    const news = await watch(40);
    expect(news.at(-1)?.newest).toBe("failed 503");
    expect(store.asked.length).toBeLessThan(20 + 3 + 31);
  });

  it("tells at once that there is no playlist", async () => {
    expect((await watch(0.1))[0]).toMatchObject({ newest: "failed 400" });
  });
});

describe("parts", () => {
  const DURATION = 1 / 3;
  /** The newest part that is stored; the playlist is written after every sixth. */
  const newestAt = (seconds: number) => 100 + Math.floor((seconds - start) / DURATION);
  const lastListed = (seconds: number) => newestAt(seconds) - (newestAt(seconds) % 6);
  const serialOf = (file: string) => Number(/\d{6}/.exec(file)?.[0]);
  beforeEach(() => {
    store.playlistAt = (seconds) => playlist(lastListed(seconds) - 20, lastListed(seconds), DURATION, true);
    store.partAt = (file, seconds) => file.endsWith("_0a.ts") && serialOf(file) <= newestAt(seconds);
  });
  const asksForParts = () => store.asked.filter((url) => url.includes("segment_"));
  const asksForPlaylists = () => store.asked.filter((url) => url.includes("stream.m3u8"));

  it("are found by their names a moment after they are stored, the playlist hardly ever read", async () => {
    const news = await watch(60);
    const steady = news.slice(20);
    const late = steady.map(({ at, newest }) => at - (serialOf(newest) - 100) * DURATION);
    expect(steady.length).toBeGreaterThan(150);
    expect(Math.max(...late)).toBeLessThan(0.14);
    expect(asksForParts().length).toBeLessThan(180 * 1.6);
    expect(asksForPlaylists().length).toBeLessThanOrEqual(8);
  });

  it("come without a gap, each asked for past caches, never two at a time", async () => {
    const news = await watch(30);
    const serials = news.map(({ newest }) => serialOf(newest));
    expect(serials.slice(1).every((serial, i) => serial - (serials[i] ?? 0) === 1)).toBe(true);
    expect(asksForParts().every((url) => /\?cacheNonce=\w+$/.test(url))).toBe(true);
    expect(store.most).toBe(1);
  });

  it("that were found need not be fetched again", async () => {
    const news = await watch(5);
    const newest = new URL(news.at(-1)?.newest ?? "", URL_).href;
    expect(edge.take(newest)?.byteLength).toBe(8);
    expect(edge.take(newest)).toBeNull();
  });

  it("are listed as long as they turned out to be, so that dates and delays stay true", async () => {
    const texts: string[] = [];
    const loop = async () => {
      for (;;) {
        const next = await edge.next(store, life.signal).catch(() => null);
        if (next === null) return;
        if (!("text" in next)) continue;
        texts.push(next.text);
        // As hls.js finds when it has looked into it.
        const newest = next.text.trim().split("\n").at(-1) ?? "";
        edge.measured(newest, 0.3);
      }
    };
    void loop();
    await vi.advanceTimersByTimeAsync(5000);
    const durations = [...(texts.at(-1) ?? "").matchAll(/^#EXTINF:([\d.]+)/gm)].map((match) =>
      Number(match[1]),
    );
    // All that was found before the newest of all, which nobody has looked into yet.
    expect(durations.slice(-6, -1)).toEqual([0.3, 0.3, 0.3, 0.3, 0.3]);
  });

  it("that are lost: the playlist knows how it goes on", async () => {
    store.partAt = (file, seconds) => serialOf(file) !== 130 && serialOf(file) <= newestAt(seconds);
    store.playlistAt = (seconds) =>
      lastListed(seconds) < 130
        ? playlist(90, lastListed(seconds), DURATION, true)
        : playlist(131, Math.max(131, lastListed(seconds)), DURATION, true);
    const serials = (await watch(25)).map(({ newest }) => serialOf(newest));
    expect(serials).not.toContain(130);
    expect(Math.max(...serials)).toBeGreaterThan(170);
  });

  it("of a worker that was started again go on under its names", async () => {
    const again = 8;
    const renamed = (text: string) => text.replaceAll("_0a.ts", "_0b.ts");
    const { playlistAt } = store;
    store.playlistAt = (seconds) => {
      const text = playlistAt(seconds);
      return seconds - start < again || typeof text === "number" ? text : renamed(text);
    };
    store.partAt = (file, seconds) =>
      serialOf(file) <=
      (file.endsWith("_0a.ts") ? Math.min(newestAt(seconds), 100 + again / DURATION) : newestAt(seconds));
    const news = await watch(20);
    expect(news.at(-1)?.newest).toMatch(/_0b\.ts$/);
    expect(serialOf(news.at(-1)?.newest ?? "")).toBeGreaterThan(155);
  });

  it("whose names cannot be told are heard of by the playlist, and it is read when it is due", async () => {
    const { playlistAt } = store;
    store.playlistAt = (seconds) => String(playlistAt(seconds)).replaceAll("segment_", "film-");
    const news = await watch(30);
    expect(news.length).toBeGreaterThan(12);
    expect(store.asked.length).toBeLessThan(2.2 * 15 + 5);
  });

  it("that stop coming cost little", async () => {
    await watch(10);
    store.partAt = () => false;
    const frozen = store.playlistAt(performance.now() / 1000);
    store.playlistAt = () => frozen;
    await vi.advanceTimersByTimeAsync(5000);
    const before = store.asked.length;
    await vi.advanceTimersByTimeAsync(30_000);
    expect(store.asked.length - before).toBeLessThanOrEqual(31);
  });
});

describe("told of what is stored", () => {
  /** From `begin` to `end` (seconds from the start), `tell` each `period` seconds. */
  function telling(period: number, begin: number, end: number, tell: (at: number) => void): void {
    for (let at = begin; at < end; at += period) setTimeout(tell, at * 1000, start + at);
  }
  const asksFor = (what: string) => store.asked.filter((url) => url.includes(what));
  const largestGap = (news: readonly News[]) =>
    Math.max(...news.slice(1).map(({ at }, i) => at - (news[i]?.at ?? 0)));

  describe("whole segments", () => {
    // Something new 0.7 s after each even second.
    const textAt = (seconds: number) => {
      const last = 10 + Math.floor((seconds - start - 0.7 + 1e-6) / 2);
      return playlist(Math.max(0, last - 4), last, 2);
    };
    const tell = (at: number) => {
      edge.onPlaylist(textAt(at));
    };
    beforeEach(() => {
      store.playlistAt = textAt;
    });

    it("are handed on in the moment they are told of, and not asked for", async () => {
      telling(2, 0.7, 120, tell);
      const news = await watch(60);
      expect(news.length).toBeGreaterThan(29);
      expect(Math.max(...news.slice(1).map(({ at }) => (at - 0.7 + 1e-3) % 2))).toBeLessThan(0.01);
      expect(store.asked.length).toBeLessThanOrEqual(5);
    });

    it("are asked for a moment after they were due when nothing is told without a warning", async () => {
      telling(2, 0.7, 20, tell);
      const news = await watch(60);
      expect(news.length).toBeGreaterThan(28);
      expect(largestGap(news)).toBeLessThan(2.4);
      expect(store.asked.length).toBeLessThan(2.2 * 20 + 5);
    });

    it("are asked for when they are due when it is known that nothing is told", async () => {
      telling(2, 0.7, 20, tell);
      setTimeout(() => {
        edge.onSilence();
      }, 19_500);
      const news = await watch(60);
      expect(largestGap(news)).toBeLessThan(2.2);
    });

    it("never go back, though an older answer comes after newer news", async () => {
      telling(2, 0.7, 60, tell);
      // A cache that is a segment late.
      store.playlistAt = (seconds) => textAt(seconds - 2);
      const serials = (await watch(60)).map(({ newest }) => Number(/\d{6}/.exec(newest)?.[0]));
      expect(serials.every((serial, i) => i === 0 || serial > (serials[i - 1] ?? 0))).toBe(true);
      expect(serials.length).toBeGreaterThan(29);
    });

    it("of a store that lost everything, and counts from 0 again", async () => {
      telling(2, 0.7, 60, (at) => {
        edge.onPlaylist(at - start < 20 ? textAt(at) : textAt(at - 20));
      });
      store.playlistAt = (seconds) => (seconds - start < 20 ? textAt(seconds) : textAt(seconds - 20));
      const news = await watch(40);
      expect(news.at(-1)?.newest).toBe(name(19));
      expect(largestGap(news)).toBeLessThan(2.4);
    });
  });

  describe("parts", () => {
    const DURATION = 1 / 3;
    const newestAt = (seconds: number) => 100 + Math.floor((seconds - start) / DURATION + 1e-6);
    const lastListed = (seconds: number) => newestAt(seconds) - (newestAt(seconds) % 6);
    const textAt = (seconds: number) =>
      playlist(lastListed(seconds) - 20, lastListed(seconds), DURATION, true);
    let inVain = 0;
    const tell = (at: number) => {
      const newest = newestAt(at);
      edge.onPart(name(newest));
      if (newest % 6 === 0) edge.onPlaylist(textAt(at));
    };
    beforeEach(() => {
      inVain = 0;
      store.playlistAt = textAt;
      store.partAt = (file, seconds) => {
        const isThere = Number(/\d{6}/.exec(file)?.[0]) <= newestAt(seconds);
        if (!isThere) inVain += 1;
        return isThere;
      };
    });
    const late = (news: readonly News[]) =>
      news.slice(10).map(({ at, newest }) => at - (Number(/\d{6}/.exec(newest)?.[0]) - 100) * DURATION);

    it("are asked for once each, when they are there, and the playlist not at all", async () => {
      telling(DURATION, DURATION, 60, tell);
      const news = await watch(60);
      expect(news.length).toBeGreaterThan(175);
      expect(Math.max(...late(news))).toBeLessThan(LATENCY / 1000 + 0.01);
      // At the beginning, when nothing was told yet.
      expect(inVain).toBeLessThanOrEqual(4);
      expect(asksFor("stream.m3u8").length).toBe(1);
      expect(new Set(asksFor("segment_").map((url) => new URL(url).pathname)).size).toBe(
        asksFor("segment_").length - inVain,
      );
    });

    it("are asked for as before when nothing is told any more, with or without a warning", async () => {
      telling(DURATION, DURATION, 20, tell);
      const news = await watch(40);
      const serials = news.map(({ newest }) => Number(/\d{6}/.exec(newest)?.[0]));
      expect(serials.slice(1).every((serial, i) => serial - (serials[i] ?? 0) === 1)).toBe(true);
      expect(Math.max(...late(news))).toBeLessThan(0.2);
      setTimeout(() => {
        edge.onSilence();
      }, 100);
      await vi.advanceTimersByTimeAsync(5000);
      expect(Math.max(...late(news))).toBeLessThan(0.2);
    });

    it("that come in a bunch after a hold-up are all fetched at once", async () => {
      telling(DURATION, DURATION, 10, tell);
      telling(DURATION, 13, 30, tell);
      const { partAt } = store;
      store.partAt = (file, seconds) =>
        !(seconds - start > 10 && seconds - start < 13) && partAt(file, seconds);
      const news = await watch(14);
      const serials = news.map(({ newest }) => Number(/\d{6}/.exec(newest)?.[0]));
      expect(Math.max(...serials)).toBeGreaterThanOrEqual(newestAt(start + 13.8));
    });

    it("of which some are told of out of turn, or under names of another run, do no harm", async () => {
      telling(DURATION, DURATION, 30, (at) => {
        edge.onPart(name(newestAt(at) - 3));
        edge.onPart(name(newestAt(at)).replace("_0a", "_0b"));
        edge.onPart("segment_of_somebody.ts");
      });
      const news = await watch(30);
      const serials = news.map(({ newest }) => Number(/\d{6}/.exec(newest)?.[0]));
      expect(serials.slice(1).every((serial, i) => serial - (serials[i] ?? 0) === 1)).toBe(true);
      expect(Math.max(...late(news))).toBeLessThan(0.2);
    });
  });
});

it("asks for nothing while nobody waits, and nothing more once it is over", async () => {
  store.playlistAt = () => playlist(0, 4, 2);
  await watch(5);
  life.abort();
  await vi.advanceTimersByTimeAsync(100);
  const before = store.asked.length;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(store.asked.length).toBe(before);
});

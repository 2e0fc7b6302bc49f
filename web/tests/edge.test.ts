import { beforeEach, describe, expect, it, vi } from "vitest";
import { edge, life, playlist, start, store, URL_, watch } from "./distantStore";

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

  it("of an FFmpeg that was started again are heard of by the playlist, after few questions in vain", async () => {
    // The part that was being made is lost, and its name with it. The next FFmpeg begins 3 s later.
    const [crash, again] = [10, 13];
    const { playlistAt, partAt } = store;
    const newest = (seconds: number) => 132 + Math.floor((seconds - start - again) / DURATION - 1);
    const listed = (seconds: number) => newest(seconds) - (newest(seconds) % 6);
    store.playlistAt = (seconds) => {
      if (seconds - start < again + DURATION) return playlistAt(Math.min(seconds, start + crash));
      return playlist(listed(seconds) - 20, listed(seconds), DURATION, true);
    };
    store.partAt = (file, seconds) => {
      const isOld = serialOf(file) <= 130 && partAt(file, Math.min(seconds, start + crash));
      return isOld || (serialOf(file) >= 132 && serialOf(file) <= newest(seconds));
    };
    const news = await watch(20);
    const serials = news.map(({ newest }) => serialOf(newest));
    expect(serials).toContain(130);
    expect(serials).not.toContain(131);
    const first = news[serials.indexOf(132)];
    expect((first?.at ?? Infinity) - (again + DURATION)).toBeLessThan(1);
    expect(Math.max(...serials)).toBeGreaterThanOrEqual(newest(start + 19.8));
    expect(asksForParts().filter((url) => url.includes("segment_000131")).length).toBeLessThanOrEqual(8);
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

it("asks for nothing while nobody waits, and nothing more once it is over", async () => {
  store.playlistAt = () => playlist(0, 4, 2);
  await watch(5);
  life.abort();
  await vi.advanceTimersByTimeAsync(100);
  const before = store.asked.length;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(store.asked.length).toBe(before);
});

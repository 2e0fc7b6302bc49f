import { beforeEach, describe, expect, it, vi } from "vitest";
import { edge, LATENCY, name, playlist, start, store, watch, type News } from "./distantStore";

describe("a live edge that is told of what is stored", () => {
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

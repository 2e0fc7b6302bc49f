import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { allot, type Candidate } from "../wall/allotment";
import { SILENT } from "../live/status";
import type { Phase } from "../live/machine";
import { isAway, phaseAtRest } from "../wall/cameras";
import { LOOK_EVERY, observeLook, unlimited, type Capacity, type Look } from "../wall/capacity";
import { Director, type Allotment } from "../wall/director";
import { neighbour } from "../wall/neighbour";

describe("the cameras that play", () => {
  /** "a+": plays; "a~": opens; "a-": is not on the screen; "a!": has nothing to play. */
  const candidate = (word: string): Candidate => ({
    id: word[0] ?? "",
    seen: !word.includes("-"),
    alive: !word.includes("!"),
    playing: /[+~]/.test(word),
    opening: word.includes("~"),
  });

  it.each([
    ["none, where there is none", "", 16, ""],
    ["begin two at a time", "a b c", 16, "ab"],
    ["begin one after the other while others open", "a~ b c", 16, "ab"],
    ["wait while two open", "a~ b~ c", 16, "ab"],
    ["are followed by the next as soon as they show something", "a+ b+ c d e", 16, "abcd"],
    ["go on, whoever comes before them", "a b+ c+", 2, "bc"],
    ["are the first ones when they are too many", "a+ b+ c+ d+", 2, "ab"],
    ["are on the screen", "a- b+- c", 16, "c"],
    ["have something to play", "a! b+! c", 16, "c"],
    ["may be none at all", "a b", 0, ""],
  ])("%s", (_name, words, most, playing) => {
    const chosen = allot(words.split(" ").filter(Boolean).map(candidate), most);
    expect([...chosen].sort().join("")).toBe(playing);
  });
});

describe("how many play", () => {
  const fine: Look = { playing: 9, shown: 270, dropped: 0, busy: 0.1, stalled: 0 };
  const after = (looks: readonly Partial<Look>[], from: Capacity = unlimited(0)) =>
    looks.reduce(
      (capacity, look, index) => observeLook(capacity, { ...fine, ...look }, (index + 1) * LOOK_EVERY),
      from,
    );

  it.each<[string, Partial<Look>, number]>([
    ["as many as there are while all goes well", {}, Number.POSITIVE_INFINITY],
    ["fewer when pictures are dropped", { shown: 200, dropped: 70 }, 6],
    ["as many when a few pictures are dropped", { shown: 265, dropped: 5 }, Number.POSITIVE_INFINITY],
    ["as many when too few pictures came to tell", { shown: 2, dropped: 3 }, Number.POSITIVE_INFINITY],
    ["fewer when the page can do nothing else", { busy: 0.8 }, 6],
    ["fewer when several stall", { stalled: 4 }, 6],
    ["as many when one stalls", { stalled: 1 }, Number.POSITIVE_INFINITY],
    ["as many when all stall: it is not the browser", { stalled: 9 }, Number.POSITIVE_INFINITY],
    ["one, when there is one", { playing: 1, busy: 1 }, 1],
    ["as many when none plays", { playing: 0, busy: 1 }, Number.POSITIVE_INFINITY],
  ])("%s", (_name, look, most) => {
    expect(after([look, look]).most).toBe(most);
  });

  it("does not change for a hiccup", () => {
    expect(after([{ busy: 1 }, {}, { busy: 1 }, {}]).most).toBe(Number.POSITIVE_INFINITY);
  });

  it("grows by one after a while of calm, later after each failure", () => {
    /** Seconds of calm until one more is tried. */
    const patience = (from: Capacity) => {
      let capacity = from;
      let now = from.calmSince;
      while (capacity.most === from.most && now < 10_000) {
        now += LOOK_EVERY;
        capacity = observeLook(capacity, { ...fine, playing: from.most }, now);
      }
      expect(capacity.most).toBe(from.most + 1);
      return now - from.calmSince;
    };
    const once = after([{ busy: 1 }, { busy: 1 }]);
    expect(patience(once)).toBe(20);
    const again = after(
      [
        { playing: 6, busy: 1 },
        { playing: 6, busy: 1 },
      ],
      once,
    );
    expect(again.most).toBe(4);
    expect(patience(again)).toBe(40);
  });

  it("does not grow while fewer than that want to play", () => {
    const few = after([{ busy: 1 }, { busy: 1 }]);
    expect(observeLook(few, { ...fine, playing: 3 }, 10_000).most).toBe(few.most);
  });

  it("is never less than one", () => {
    const hard = Array.from({ length: 40 }, () => ({ busy: 1 }));
    expect(after(hard.map((look) => ({ ...look, playing: 1 }))).most).toBe(1);
  });
});

describe("an arrow key leads", () => {
  it.each([
    [0, "ArrowRight", 1],
    [1, "ArrowLeft", 0],
    [0, "ArrowDown", 3],
    [8, "ArrowUp", 5],
    [0, "ArrowLeft", null],
    [0, "ArrowUp", null],
    [8, "ArrowRight", null],
    [7, "ArrowDown", null],
    [4, "a", null],
    [-1, "ArrowRight", null],
  ])("from %s with %s to %s on a wall of three by three", (here, key, there) => {
    expect(neighbour(here, key, 9, 3)).toBe(there);
  });
});

it.each([
  ["live", false],
  ["starting", false],
  ["reconnecting", false],
  ["idle", false],
  ["offline", true],
  ["refused", true],
  ["stopped", true],
  ["not_uploading", true],
])("a camera whose box says %s is away: %s", (state, away) => {
  expect(isAway({ id: "a", name: "A", src: "/a.m3u8", status: { ...SILENT, state } })).toBe(away);
});

it.each<[string | null, Phase | null, Phase]>([
  ["reconnecting", null, "reconnecting"],
  ["stalled", "live", "reconnecting"],
  ["refused", null, "offline"],
  ["not_uploading", "offline", "not-uploading"],
  ["stopped", null, "stopped"],
  ["starting", null, "connecting"],
  ["live", "offline", "connecting"],
  ["idle", null, "connecting"],
  [null, null, "connecting"],
  [null, "live", "connecting"],
  [null, "offline", "offline"],
  [null, "no-permission", "no-permission"],
])("a camera whose box says %s and whose player said %s is at rest %s", (state, last, phase) => {
  const status = state === null ? undefined : { ...SILENT, state };
  expect(phaseAtRest({ id: "a", name: "A", src: "/a.m3u8", status }, last)).toBe(phase);
});

describe("the director", () => {
  let told: Allotment;
  let director: Director;
  let end: () => void;
  beforeEach(() => {
    vi.useFakeTimers();
    told = { playing: new Set(), limited: false };
    director = new Director((allotment) => (told = allotment));
    end = director.run();
  });
  afterEach(() => {
    end();
    vi.useRealTimers();
  });

  const playing = () => [...told.playing].sort().join("");
  const wall = (ids: string, max = 16) => {
    director.show(
      Array.from(ids, (id) => ({ id, away: id === id.toUpperCase() })),
      max,
    );
    for (const id of ids) director.see(id, true);
  };
  const live = (ids: string) => {
    for (const id of ids) director.hear(id, "live", null);
  };

  it("opens the next as soon as one is live, and does not wait for ever", () => {
    wall("abcd");
    expect(playing()).toBe("ab");
    live("a");
    expect(playing()).toBe("abc");
    vi.advanceTimersByTime(5000);
    expect(playing()).toBe("abcd");
  });

  it("says when more would play if they might", () => {
    wall("abc", 2);
    live("ab");
    expect([playing(), told.limited]).toEqual(["ab", true]);
    director.see("c", false);
    expect(told.limited).toBe(false);
  });

  it("lets go of what left the screen, after a moment", () => {
    wall("ab");
    live("ab");
    director.see("a", false);
    vi.advanceTimersByTime(3000);
    expect(playing()).toBe("ab");
    vi.advanceTimersByTime(4000);
    expect(playing()).toBe("b");
    director.see("a", true);
    expect(playing()).toBe("ab");
  });

  it("does not play what is away", () => {
    wall("aB");
    expect(playing()).toBe("a");
  });

  it("gives up a player that finds nothing, and tries it again later and later", () => {
    wall("a");
    director.hear("a", "offline", null);
    vi.advanceTimersByTime(11_000);
    expect(playing()).toBe("");
    director.hear("a", null, null);
    vi.advanceTimersByTime(31_000);
    expect(playing()).toBe("a");
    director.hear("a", "not-configured", null);
    vi.advanceTimersByTime(11_000);
    director.hear("a", null, null);
    vi.advanceTimersByTime(40_000);
    expect(playing()).toBe("");
    vi.advanceTimersByTime(21_000);
    expect(playing()).toBe("a");
  });

  it("lets the last ones rest when pictures are dropped, and tells it", () => {
    wall("abcd");
    const videos = Array.from("abcd", (id) => {
      const quality = { totalVideoFrames: 0, droppedVideoFrames: 0 };
      const video = { getVideoPlaybackQuality: () => quality, paused: false, readyState: 4 };
      return { id, quality, video: video as unknown as HTMLVideoElement };
    });
    for (const { id, video } of videos) director.hear(id, "live", video);
    for (let second = 0; second < 8; second += 1) {
      for (const { quality } of videos) {
        quality.totalVideoFrames += 15;
        quality.droppedVideoFrames += 5;
      }
      vi.advanceTimersByTime(1000);
    }
    expect(["abc", "ab"]).toContain(playing());
    expect(told.limited).toBe(true);
  });
});

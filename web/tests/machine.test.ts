import { describe, expect, it } from "vitest";
import { observe, opened, type Evidence, type Observation } from "../live/evidence";
import type { Failure } from "../live/failure";
import { isSilent, isStuck, phaseOf, type Phase } from "../live/machine";

const T = 2;
type Step = readonly [at: number, Observation];

/** A reading whose newest segment is `mediaSequence`; `age` as the viewer's wall clock has it. */
const playlist = (mediaSequence: number, age: number | null = null): Observation => ({
  type: "playlist",
  playlist: { mediaSequence, targetDuration: T, newestAt: null },
  age,
});
const moved: Observation = { type: "moved" };
const box = (state: string | null, beat: number | null = null): Observation => ({ type: "box", state, beat });
const failed = (failure: Failure): Observation => ({ type: "failed", failure });
/** Asked for a playlist once a second, and refused. */
const refused = (failure: Failure, from: number, to: number): Step[] =>
  Array.from({ length: to - from + 1 }, (_, i) => [from + i, failed(failure)]);

/** From `from` to `to`: a new segment every two seconds, the picture moving every half second. */
function streaming(from: number, to: number, first = 100, lag: number | null = null): Step[] {
  const steps: Step[] = [];
  for (let at = from; at <= to; at += 0.5) {
    if ((at - from) % T === 0) steps.push([at, playlist(first + (at - from) / T, 1)]);
    steps.push([at, { type: "moved", lag }]);
  }
  return steps;
}

function evidenceOf(steps: readonly Step[], until: number, autoPlay = true): Evidence {
  return steps
    .filter(([at]) => at <= until)
    .reduce((evidence, [at, observation]) => observe(evidence, observation, at), opened(0, autoPlay));
}

interface Story {
  name: string;
  steps: readonly Step[];
  autoPlay?: boolean;
  shown: readonly (readonly [at: number, Phase])[];
}

const stories: Story[] = [
  {
    name: "a young playlist and a moving picture are live at once",
    steps: streaming(0.5, 30),
    shown: [
      [0.4, "connecting"],
      [0.5, "live"],
      [30, "live"],
    ],
  },
  {
    name: "a young playlist without a picture is still connecting",
    steps: [[0.5, playlist(100, 1)]],
    shown: [[2, "connecting"]],
  },
  {
    name: "a playlist without dates is live once it has advanced",
    steps: [
      [0.5, playlist(100)],
      [1, moved],
      [2.5, playlist(101)],
      [3, moved],
    ],
    shown: [
      [1, "connecting"],
      [3, "live"],
    ],
  },
  {
    name: "a frozen playlist is never live, though its old segments play",
    steps: [
      [0.5, playlist(100, 300)],
      ...Array.from({ length: 16 }, (_, i): Step => [1 + i / 2, moved]),
      [2.5, playlist(100, 302)],
      [4.5, playlist(100, 304)],
    ],
    shown: [
      [1, "connecting"],
      [6.4, "connecting"],
      [6.6, "offline"],
    ],
  },
  {
    name: "a frozen playlist without dates is reconnecting, then offline",
    steps: [
      [0.5, playlist(100)],
      [1, moved],
    ],
    shown: [
      [6.4, "connecting"],
      [6.6, "reconnecting"],
      [20.4, "reconnecting"],
      [20.6, "offline"],
    ],
  },
  {
    name: "a viewer whose clock is an hour slow is not taken in by an old playlist",
    steps: [
      [0.5, playlist(100, 1800 - 3600)],
      [1, moved],
    ],
    shown: [
      [2, "connecting"],
      [7, "reconnecting"],
    ],
  },
  {
    name: "a viewer whose clock is an hour fast sees a living stream after one segment",
    steps: [
      [0.5, playlist(100, 3600)],
      [1, moved],
      [2.5, playlist(101, 3600)],
      [2.5, moved],
    ],
    shown: [
      [2, "connecting"],
      [2.5, "live"],
    ],
  },
  {
    name: "no playlist at all is connecting, then offline",
    steps: [],
    shown: [
      [19, "connecting"],
      [21, "offline"],
    ],
  },
  {
    name: "a playlist gone quiet is reconnecting after three target durations and offline after 20 s",
    steps: streaming(0.5, 10.5),
    shown: [
      [10.5, "live"],
      [16.6, "reconnecting"],
      [30.6, "offline"],
    ],
  },
  {
    name: "a picture that stands is not live, although the playlist advances",
    steps: [...streaming(0.5, 4.5), [6.5, playlist(103)], [8.5, playlist(104)]],
    shown: [
      [7.4, "live"],
      [7.6, "reconnecting"],
    ],
  },
  {
    name: "a stream that comes back is live with its first new segment",
    steps: [...streaming(0.5, 10.5), ...streaming(40.5, 44.5, 200)],
    shown: [
      [40, "offline"],
      [40.5, "live"],
    ],
  },
  {
    name: "a media sequence that starts again from 0 counts as new",
    steps: [...streaming(0.5, 10.5, 5000), ...streaming(18.5, 20.5, 0)],
    shown: [
      [18, "reconnecting"],
      [18.5, "live"],
    ],
  },
  {
    name: "a quiet stream whose box says that the camera is offline is offline at once",
    steps: [...streaming(0.5, 10.5), [17, box("offline")]],
    shown: [
      [16.9, "reconnecting"],
      [17, "offline"],
    ],
  },
  {
    name: "a box that says stopped does not darken a stream that advances",
    steps: [[0, box("stopped")], ...streaming(0.5, 10.5)],
    shown: [
      [0, "stopped"],
      [0.5, "live"],
    ],
  },
  {
    name: "a camera that its box tries to reach again and again is reconnecting, until the box falls silent as well",
    steps: [
      ...streaming(0.5, 10.5),
      ...Array.from({ length: 12 }, (_, i): Step => [12 + 10 * i, box("reconnecting", 7 + Math.min(i, 5))]),
    ],
    shown: [
      [17, "reconnecting"],
      [60, "reconnecting"],
      [81.9, "reconnecting"],
      [82.1, "offline"],
    ],
  },
  {
    name: "the remains of a stream whose box has just started are connecting",
    steps: [
      [0.2, box("starting", 1)],
      [0.5, playlist(100, 300)],
    ],
    shown: [[8, "connecting"]],
  },
  {
    name: "a box without a status takes nothing back",
    steps: [[0, box(null)], ...streaming(0.5, 10.5)],
    shown: [[10, "live"]],
  },
  {
    name: "a picture that stays behind is behind, until it has caught up",
    steps: [...streaming(0.5, 10.5), ...streaming(12.5, 17, 106, 5), ...streaming(18.5, 20, 109, 1)],
    shown: [
      [15.5, "live"],
      [17, "behind"],
      [18.5, "live"],
    ],
  },
  {
    name: "a player that finds its place is not behind",
    steps: [...streaming(0.5, 10.5), ...streaming(12.5, 14.5, 106, 9), ...streaming(16.5, 20.5, 108)],
    shown: [
      [14.5, "live"],
      [20, "live"],
    ],
  },
  {
    name: "a quiet stream whose box cannot upload is not uploading",
    steps: [...streaming(0.5, 10.5), [17, box("not_uploading")]],
    shown: [[17, "not-uploading"]],
  },
  {
    name: "a stream that nobody watched wakes up",
    steps: [[0.2, box("idle", 7)], [0.3, playlist(100, 300)], ...streaming(9.5, 12.5, 101)],
    shown: [
      [0.2, "idle"],
      [9, "idle"],
      [9.5, "live"],
    ],
  },
  {
    name: "a box that was idle and fell silent is offline",
    steps: Array.from({ length: 30 }, (_, i): Step => [2 * i, box("idle", 7)]),
    shown: [
      [40, "idle"],
      [46, "offline"],
    ],
  },
  {
    name: "a box that was switched off on purpose says so for good",
    steps: [...streaming(0.5, 10.5), [17, box("stopped", 8)]],
    shown: [
      [17, "stopped"],
      [300, "stopped"],
    ],
  },
  {
    name: "a playlist and a status that are not there are not set up",
    steps: [[0.2, failed("missing")], [0.4, box(null)], ...refused("missing", 1, 30)],
    shown: [
      [0.3, "connecting"],
      [0.4, "not-configured"],
      [30, "not-configured"],
    ],
  },
  {
    name: "a bucket that is not there is not set up either",
    steps: [
      [0.2, failed("no-bucket")],
      [0.4, box(null)],
    ],
    shown: [[0.4, "not-configured"]],
  },
  {
    name: "a playlist that is not there while the box starts is connecting",
    steps: [[0.2, failed("missing")], [0.4, box("starting", 1)], ...streaming(5.5, 8.5)],
    shown: [
      [0.4, "connecting"],
      [5.5, "live"],
    ],
  },
  {
    name: "a playlist that was there and goes missing is reconnecting, then offline",
    steps: [[0.1, box(null)], ...streaming(0.5, 10.5), ...refused("missing", 11, 40)],
    shown: [
      [15, "reconnecting"],
      [31, "offline"],
    ],
  },
  {
    name: "a store that wants another token says so, once the pictures at hand are shown",
    steps: [...streaming(0.5, 10.5), ...refused("forbidden", 11, 20)],
    shown: [
      [13, "live"],
      [17, "no-permission"],
    ],
  },
  {
    name: "a token that is refused at once is said at once, and forgotten when another one opens",
    steps: [[0.2, failed("forbidden")], ...streaming(6.5, 9)],
    shown: [
      [0.2, "no-permission"],
      [6.5, "live"],
    ],
  },
  {
    name: "a plan that is used up is at capacity",
    steps: [[0.2, failed("limited")]],
    shown: [[0.2, "at-capacity"]],
  },
  {
    name: "a busy store is reconnecting, and at capacity when that lasts",
    steps: [...streaming(0.5, 10.5), ...refused("busy", 11, 40)],
    shown: [
      [17, "reconnecting"],
      [26, "reconnecting"],
      [26.1, "at-capacity"],
    ],
  },
  {
    name: "a store in trouble is reconnecting, then offline",
    steps: [...streaming(0.5, 10.5), ...refused("unreachable", 11, 40)],
    shown: [
      [17, "reconnecting"],
      [30.6, "offline"],
    ],
  },
  {
    name: "a refused autoplay asks for a click, and the pause that comes with it changes nothing",
    steps: [
      [0.5, playlist(100, 1)],
      [0.6, { type: "blocked" }],
      [0.7, { type: "paused" }],
    ],
    shown: [
      [0.5, "connecting"],
      [1, "autoplay-blocked"],
    ],
  },
  {
    name: "a paused picture is paused; resumed, it is live when it moves",
    steps: [
      ...streaming(0.5, 10.5),
      [11, { type: "paused" }],
      [12.5, playlist(106)],
      [13, { type: "resumed" }],
      [13.5, moved],
    ],
    shown: [
      [12, "paused"],
      [13, "connecting"],
      [13.5, "live"],
    ],
  },
  {
    name: "a player that starts to play again after it was rebuilt is not opened anew",
    steps: [
      ...streaming(0.5, 10.5),
      [12.5, playlist(106)],
      [14, { type: "rebuilt" }],
      [14.2, { type: "resumed" }],
    ],
    shown: [
      [14, "reconnecting"],
      [14.3, "reconnecting"],
    ],
  },
  {
    name: "a paused picture of a dead stream is offline",
    steps: [...streaming(0.5, 10.5), [11, { type: "paused" }]],
    shown: [[31, "offline"]],
  },
  {
    name: "without autoplay it waits for the viewer",
    autoPlay: false,
    steps: [[0.5, playlist(100, 1)]],
    shown: [[1, "paused"]],
  },
  {
    name: "a browser that cannot play says so for good",
    steps: [[0.1, { type: "unsupported" }]],
    shown: [
      [1, "unsupported"],
      [60, "unsupported"],
    ],
  },
];

describe("the phase", () => {
  it.each(stories)("$name", ({ steps, shown, autoPlay }) => {
    const seen = shown.map(([at]) => [at, phaseOf(evidenceOf(steps, at, autoPlay), at)]);
    expect(seen).toEqual(shown);
  });
});

describe("a box is silent", () => {
  const beating = (beats: readonly number[]) =>
    evidenceOf(
      beats.map((beat, i): Step => [10 * i, box("live", beat)]),
      1000,
    );

  it("when its beat has stood still for 45 s", () => {
    expect([isSilent(beating([1, 2, 2, 2, 2]), 50), isSilent(beating([1, 2, 2, 2, 2]), 56)]).toEqual([
      false,
      true,
    ]);
  });

  it("but not while it beats, nor where there is no status at all", () => {
    expect(isSilent(beating([1, 2, 3, 4, 5, 6, 7]), 80)).toBe(false);
    expect(isSilent(evidenceOf([[0, box(null)]], 1000), 1000)).toBe(false);
    expect(isSilent(opened(0, true), 1000)).toBe(false);
  });
});

describe("a player is stuck", () => {
  const standing: Step[] = Array.from({ length: 60 }, (_, i) => [0.5 + T * i, playlist(100 + i, 1)]);
  const stuckAt = (steps: readonly Step[], at: number) => isStuck(evidenceOf(steps, at), at);

  it("when the playlist advances and the picture has not moved for 8 s", () => {
    expect([stuckAt(standing, 7.9), stuckAt(standing, 8.1)]).toEqual([false, true]);
  });

  it("and is given twice as long after each rebuild, until the picture moves", () => {
    const once: Step[] = [...standing.slice(0, 5), [8.6, { type: "rebuilt" }], ...standing.slice(5)];
    expect([stuckAt(once, 24), stuckAt(once, 25)]).toEqual([false, true]);
    const healed: Step[] = [
      ...standing.slice(0, 5),
      [8.6, { type: "rebuilt" }],
      [9, moved],
      ...standing.slice(5),
    ];
    expect([stuckAt(healed, 16.9), stuckAt(healed, 17.1)]).toEqual([false, true]);
  });

  it("but not when the playlist is quiet: there is nothing to play", () => {
    expect(stuckAt(standing.slice(0, 3), 12)).toBe(false);
  });

  it("nor while the viewer holds the picture", () => {
    expect(stuckAt([...standing.slice(0, 2), [3, { type: "paused" }], ...standing.slice(2)], 30)).toBe(false);
  });

  it("nor right after the tab was hidden", () => {
    const hidden: Step[] = [...standing.slice(0, 10), [19, { type: "shown" }], ...standing.slice(10)];
    expect([stuckAt(hidden, 20), stuckAt(hidden, 28)]).toEqual([false, true]);
  });
});

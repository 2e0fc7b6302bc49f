import { describe, expect, it } from "vitest";
import {
  isStuck,
  observe,
  opened,
  phaseOf,
  type Evidence,
  type Observation,
  type Phase,
} from "../live/machine";

const T = 2;
type Step = readonly [at: number, Observation];

/** A reading whose newest segment is `mediaSequence`; `age` as the viewer's wall clock has it. */
const playlist = (mediaSequence: number, age: number | null = null): Observation => ({
  type: "playlist",
  playlist: { mediaSequence, targetDuration: T, newestAt: null },
  age,
});
const moved: Observation = { type: "moved" };
const box = (state: string | null): Observation => ({ type: "box", state });

/** From `from` to `to`: a new segment every two seconds, the picture moving every half second. */
function streaming(from: number, to: number, first = 100): Step[] {
  const steps: Step[] = [];
  for (let at = from; at <= to; at += 0.5) {
    if ((at - from) % T === 0) steps.push([at, playlist(first + (at - from) / T, 1)]);
    steps.push([at, moved]);
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
      [0, "offline"],
      [0.5, "live"],
    ],
  },
  {
    name: "a box without a status takes nothing back",
    steps: [[0, box(null)], ...streaming(0.5, 10.5)],
    shown: [[10, "live"]],
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

import { describe, expect, it } from "vitest";
import { isStuck } from "../live/machine";
import { evidenceOf, moved, playlist, streaming, T, tell, type Step } from "./story";

describe("the phase", () => {
  tell([
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
      name: "a picture that comes back from trouble is not live before it is where it should be",
      steps: [...streaming(0.5, 10.5), ...streaming(18.5, 21, 110, 9), ...streaming(21.5, 24, 112, 1)],
      shown: [
        [18, "reconnecting"],
        [18.5, "reconnecting"],
        [21, "reconnecting"],
        [21.5, "live"],
      ],
    },
    {
      name: "a picture that comes back from trouble and stays behind is behind",
      steps: [...streaming(0.5, 10.5), ...streaming(18.5, 30, 110, 9)],
      shown: [
        [21.5, "reconnecting"],
        [22, "behind"],
        [30, "behind"],
      ],
    },
    {
      name: "a picture that begins behind is connecting, then behind",
      steps: streaming(0.5, 10.5, 100, 9),
      shown: [
        [0.5, "connecting"],
        [3.5, "connecting"],
        [4, "behind"],
      ],
    },
    {
      name: "a picture resumed behind is not live before it is where it should be",
      steps: [
        ...streaming(0.5, 10.5),
        [11, { type: "paused" }],
        [12, { type: "resumed" }],
        ...streaming(12.5, 14, 106, 9),
        ...streaming(14.5, 16, 107),
      ],
      shown: [
        [12.5, "connecting"],
        [14, "connecting"],
        [14.5, "live"],
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
  ]);
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

import { expect, it } from "vitest";
import { observe, opened, type Evidence, type Observation } from "../live/evidence";
import type { Failure } from "../live/failure";
import { phaseOf, type Phase } from "../live/machine";

/** Target duration, seconds. */
export const T = 2;
export type Step = readonly [at: number, Observation];

/** A reading whose newest segment is `mediaSequence`; `age` as the viewer's wall clock has it. */
export const playlist = (mediaSequence: number, age: number | null = null): Observation => ({
  type: "playlist",
  playlist: { mediaSequence, targetDuration: T, newestAt: null },
  age,
});
export const moved: Observation = { type: "moved" };
export const box = (state: string | null, beat: number | null = null): Observation => ({
  type: "box",
  state,
  beat,
});
export const failed = (failure: Failure): Observation => ({ type: "failed", failure });
/** Asked for a playlist once a second, and refused. */
export const refused = (failure: Failure, from: number, to: number): Step[] =>
  Array.from({ length: to - from + 1 }, (_, i) => [from + i, failed(failure)]);

/** From `from` to `to`: a new segment every two seconds, the picture moving every half second. */
export function streaming(from: number, to: number, first = 100, lag: number | null = null): Step[] {
  const steps: Step[] = [];
  for (let at = from; at <= to; at += 0.5) {
    if ((at - from) % T === 0) steps.push([at, playlist(first + (at - from) / T, 1)]);
    steps.push([at, { type: "moved", lag }]);
  }
  return steps;
}

export function evidenceOf(steps: readonly Step[], until: number, autoPlay = true): Evidence {
  return steps
    .filter(([at]) => at <= until)
    .reduce((evidence, [at, observation]) => observe(evidence, observation, at), opened(0, autoPlay));
}

export interface Story {
  name: string;
  steps: readonly Step[];
  autoPlay?: boolean;
  shown: readonly (readonly [at: number, Phase])[];
}

/** A test for each: what is shown at these moments. */
export function tell(stories: readonly Story[]): void {
  it.each(stories)("$name", ({ steps, shown, autoPlay }) => {
    const seen = shown.map(([at]) => [at, phaseOf(evidenceOf(steps, at, autoPlay), at)]);
    expect(seen).toEqual(shown);
  });
}

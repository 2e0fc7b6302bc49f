/**
 * Where the last segments stand in a drawing. Pure.
 */
import { FATES, type Fate, type Segment } from "./details";

/** The drawing covers as much as so many segments last, and at least this, seconds. */
const SEGMENTS = 120;
const SHORTEST = 60;
/** A bar as high as the drawing, in durations of a segment; a higher one is cut. */
const CEILING = 2;
/** What has no height of its own: not listed yet. */
const LOW = 0.2;

/** A bar; all figures are shares of the drawing, 0 to 1, from the left and from the bottom. */
export interface Bar {
  readonly segment: Segment;
  readonly x: number;
  readonly width: number;
  readonly height: number;
}

export interface Timeline {
  readonly bars: readonly Bar[];
  /** What the drawing covers, seconds. */
  readonly span: number;
  /** A bar as high as this took as long as a segment lasts. */
  readonly limit: number;
  readonly counts: Readonly<Record<Fate, number>>;
}

/** The segments up to `now` (Unix seconds); `duration`: what a segment usually lasts, seconds. */
export function timelineOf(segments: readonly Segment[], duration: number, now: number): Timeline {
  const span = Math.max(SEGMENTS * duration, SHORTEST);
  // A viewer's clock that is slow must not push the newest out of the picture.
  const end = segments.reduce((latest, { endedAt }) => Math.max(latest, endedAt.getTime() / 1000), now);
  const bars = segments.map((segment) => bar(segment, duration, end, span)).filter(({ x }) => x >= 0);
  const counts = Object.fromEntries(
    FATES.map((fate) => [fate, bars.filter(({ segment }) => segment.fate === fate).length]),
  ) as Record<Fate, number>;
  return { bars, span, limit: 1 / CEILING, counts };
}

function bar(segment: Segment, duration: number, end: number, span: number): Bar {
  const width = (segment.duration ?? duration) / span;
  const x = 1 - (end - segment.endedAt.getTime() / 1000) / span - width;
  const height = segment.fate === "lost" ? 1 : (segment.publishLag ?? 0) / (CEILING * duration);
  return { segment, x, width, height: Math.min(1, Math.max(LOW, height)) };
}

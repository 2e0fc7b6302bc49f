import type Hls from "hls.js";

/** A delay beyond this is a wrong clock, not a delay, seconds. */
const PLAUSIBLE = 120;
/** Two figures that differ by less mean the same, seconds. */
const AGREEMENT = 2;

/**
 * Seconds from the camera to this screen; null before anything plays. Pure.
 *
 * By the segments' EXT-X-PROGRAM-DATE-TIME, which counts all the way from the encoder but needs a viewer's clock that is
 * right. hls.js's own figure needs none and starts only when the playlist arrives; with `publishLag`, the seconds the
 * box says it took to get there, it is the whole way too, and shows when the clock is wrong.
 */
export function latencyOf(
  hls: Pick<Hls, "playingDate" | "latency"> | undefined,
  now: Date,
  publishLag: number | null = null,
): number | null {
  if (hls === undefined) return null;
  const byDate = hls.playingDate === null ? null : (now.getTime() - hls.playingDate.getTime()) / 1000;
  const byArrival = hls.latency > 0 ? hls.latency + (publishLag ?? 0) : null;
  if (byDate === null || byDate < 0 || byDate > PLAUSIBLE) return byArrival;
  if (publishLag === null || byArrival === null) return byDate;
  return Math.abs(byDate - byArrival) < AGREEMENT ? byDate : byArrival;
}

/**
 * Seconds that the picture is further from the newest one than it should be; null where it has no date. Pure.
 *
 * By the dates in the stream, all of the camera's side: they count what was lost between the two, as in an outage, and
 * hls.js's own figure does not. `newestAt` is when the newest segment ended, seconds since 1970.
 */
export function lagByDate(
  hls: Pick<Hls, "playingDate" | "targetLatency"> | undefined,
  newestAt: number | null,
): number | null {
  const { playingDate = null, targetLatency = null } = hls ?? {};
  if (playingDate === null || targetLatency === null || newestAt === null) return null;
  return newestAt - playingDate.getTime() / 1000 - targetLatency;
}

/** One look at a playing picture. */
export interface Sample {
  /** Seconds from the camera to this screen; null where that cannot be known. */
  readonly latency: number | null;
  /** Seconds of pictures at hand, ahead of the one on show. */
  readonly buffer: number;
  /** Size of the picture, pixels. */
  readonly width: number;
  readonly height: number;
  /** Pictures that came too late to be shown, since the player was set up. */
  readonly dropped: number;
}

/** Seconds that `ranges` reach beyond `position` without a hole. Pure. */
export function bufferAhead(ranges: TimeRanges, position: number): number {
  for (let i = 0; i < ranges.length; i += 1) {
    if (ranges.start(i) <= position && position < ranges.end(i)) return ranges.end(i) - position;
  }
  return 0;
}

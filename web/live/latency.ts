import type Hls from "hls.js";

/** A delay beyond this is a wrong clock, not a delay, seconds. */
const PLAUSIBLE = 120;

/**
 * Seconds from the camera to this screen; null before anything plays.
 *
 * By the segments' EXT-X-PROGRAM-DATE-TIME, which counts all the way from the encoder. Where that is missing or the
 * viewer's clock is plainly wrong, hls.js's own figure: it starts at the playlist's arrival and so reads about 1 s less.
 */
export function latencyOf(hls: Pick<Hls, "playingDate" | "latency"> | undefined, now: Date): number | null {
  if (hls === undefined) return null;
  const byDate = hls.playingDate === null ? -1 : (now.getTime() - hls.playingDate.getTime()) / 1000;
  if (byDate >= 0 && byDate < PLAUSIBLE) return byDate;
  return hls.latency > 0 ? hls.latency : null;
}

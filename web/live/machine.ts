/**
 * What a viewer may believe about a live stream, from evidence alone. Pure: no clock, no I/O, no DOM.
 *
 * `phaseOf` says what to show for it, `isStuck` whether the player has to be rebuilt.
 */
import type { Evidence } from "./evidence";

/** What the viewer is told. */
export type Phase =
  /** Opened, nothing proven yet. */
  | "connecting"
  /** The playlist advances and the picture moves, where it should be. */
  | "live"
  /** The picture moves, but it is older than it has to be: the viewer paused, or the network could not keep up. */
  | "behind"
  /** It was live, or it looked alive, and has been quiet for a few seconds; or it is back, and has not caught up yet. */
  | "reconnecting"
  /** Quiet for long, or quiet and the box says that the camera does not deliver. */
  | "offline"
  /** The box has the picture and cannot upload it. */
  | "not-uploading"
  /** Nobody watched, so nothing was sent; the camera is waking up. */
  | "idle"
  /** The box was switched off on purpose. */
  | "stopped"
  /** The store knows of no such stream. */
  | "not-configured"
  /** The store wants a token, or another one. */
  | "no-permission"
  /** The store turns viewers away: too many requests, or a plan that is used up. */
  | "at-capacity"
  /** The viewer stopped the picture, or nobody can see it: a tab that is hidden for long does not play. */
  | "paused"
  /** The browser wants a click before it plays. */
  | "autoplay-blocked"
  /** This browser has neither Media Source Extensions nor HLS of its own. */
  | "unsupported";

/** A stream quiet for this long is offline, seconds. */
const OFFLINE_AFTER = 20;
/** The shortest silence that means anything, seconds: below it one late playlist would flicker. */
const QUIET_FLOOR = 4;
/** A picture that stands for this long is not live, seconds. */
const STILL_AFTER = 3;
/** The playlist advances and the picture stands: rebuild after this, doubled each time up to the ceiling, seconds. */
const STUCK_AFTER = 8;
const STUCK_CEILING = 64;
/** A picture that lags for this long is behind, seconds: less is hls.js finding its place. */
const LAGGING_FOR = 3;
/** A store that is busy for this long is at capacity, seconds; before that it is a passing trouble. */
const BUSY_FOR = 15;
/** A box whose status stands still for this long is not there any more, seconds. An idle one writes every 30 s. */
const SILENT_AFTER = 45;
/** A status that changed within so many seconds is what the box is doing now: one that does not idle writes every 10 s. */
const FRESH_FOR = 20;

/** What the box's own word for itself means for a stream that does not advance. */
const SAID: Record<string, Phase> = {
  offline: "offline",
  refused: "offline",
  stopped: "stopped",
  not_uploading: "not-uploading",
  idle: "idle",
};

/** What it means for a stream that has been quiet for long, as long as the box is heard: it is at work on it. */
const AT_WORK: Record<string, Phase> = {
  starting: "connecting",
  live: "reconnecting",
  reconnecting: "reconnecting",
  stalled: "reconnecting",
};

/** What a box's own word for itself comes to where nothing is played; null when there should be a picture. */
export const phaseOfState = (state: string): Phase | null =>
  SAID[state] ?? (state === "live" ? null : (AT_WORK[state] ?? null));

export function phaseOf(evidence: Evidence, now: number): Phase {
  if (!evidence.supported) return "unsupported";
  const isLive = isAdvancing(evidence, now);
  const obstacle = isLive ? null : obstacleOf(evidence, now);
  if (obstacle !== null) return obstacle;
  if (evidence.playback === "blocked") return "autoplay-blocked";
  if (evidence.playback === "paused") return "paused";
  if (isLive) return picture(evidence, now);
  const hopeful = evidence.playlist === null || (!evidence.proven && !isQuiet(evidence, now));
  return hopeful ? "connecting" : "reconnecting";
}

/** The stream advances: does its picture? */
function picture({ movedAt, laggingSince, onTimeAt }: Evidence, now: number): Phase {
  if (movedAt === null) return "connecting";
  if (now - movedAt >= STILL_AFTER) return "reconnecting";
  if (laggingSince === null) return "live";
  if (now - laggingSince > LAGGING_FOR) return "behind";
  if (onTimeAt === null) return "connecting";
  // What was live may lag for a moment; what comes back is not live before it is where it should be.
  return laggingSince - onTimeAt < STILL_AFTER ? "live" : "reconnecting";
}

/** Why a stream that does not advance will not do so soon; null while there is hope. The nearest cause first. */
function obstacleOf(evidence: Evidence, now: number): Phase | null {
  return refusalOf(evidence, now) ?? wordOf(evidence, now) ?? endOf(evidence, now);
}

/** What the store's refusal means. */
function refusalOf({ failure, playlist, box }: Evidence, now: number): Phase | null {
  switch (failure?.kind) {
    case "forbidden":
      return "no-permission";
    case "limited":
      return "at-capacity";
    case "busy":
      return now - failure.since > BUSY_FOR ? "at-capacity" : null;
    case "missing":
    case "no-bucket":
      // A box that is known will make its stream; a stream that was there has a history to tell.
      return playlist === null && box === null ? "not-configured" : null;
    default:
      return null;
  }
}

/** What the box says of itself. One that fell silent is neither idle nor waking up any more. */
function wordOf(evidence: Evidence, now: number): Phase | null {
  const said = SAID[evidence.box ?? ""] ?? null;
  return said === "idle" && isSilent(evidence, now) ? "offline" : said;
}

/** What has been quiet for too long is offline, unless a box that is heard says that it is at work on it. */
function endOf(evidence: Evidence, now: number): Phase | null {
  if (!isOffline(evidence, now)) return null;
  const { box, beat, beatAt } = evidence;
  const isFresh = beat !== null && now - beatAt < FRESH_FOR;
  return (isFresh ? AT_WORK[box ?? ""] : undefined) ?? "offline";
}

function isOffline(evidence: Evidence, now: number): boolean {
  return now - evidence.advancedAt > OFFLINE_AFTER || (evidence.stale && isQuiet(evidence, now));
}

/** Has nothing been heard of the box for long? Only a box with a status can be silent. */
export function isSilent({ box, beat, beatAt }: Evidence, now: number): boolean {
  return box != null && beat !== null && now - beatAt > SILENT_AFTER;
}

function isAdvancing(evidence: Evidence, now: number): boolean {
  return evidence.proven && !isQuiet(evidence, now);
}

/** No newer playlist for three target durations. */
function isQuiet(evidence: Evidence, now: number): boolean {
  const targetDuration = evidence.playlist?.targetDuration ?? 0;
  return now - evidence.advancedAt > Math.max(3 * targetDuration, QUIET_FLOOR);
}

/** Does the playlist advance while the picture stands? Then waiting will not help: the player has to be rebuilt. */
export function isStuck(evidence: Evidence, now: number): boolean {
  if (evidence.playback !== "playing" || !isAdvancing(evidence, now)) return false;
  const since = Math.max(evidence.watchedFrom, evidence.movedAt ?? evidence.openedAt);
  return now - since > Math.min(STUCK_AFTER * 2 ** evidence.rebuilds, STUCK_CEILING);
}

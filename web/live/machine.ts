/**
 * What a viewer may believe about a live stream, from evidence alone. Pure: no clock, no I/O, no DOM.
 *
 * `observe` adds one observation to the evidence, `phaseOf` says what to show for it, `isStuck` whether the player has
 * to be rebuilt. Times (`now`, and every `...At` unless it says otherwise) are seconds on one monotonic clock, so that
 * a viewer with a wrong wall clock sees the same thing as everybody else.
 */

/** What the viewer is told. */
export type Phase =
  /** Opened, nothing proven yet. */
  | "connecting"
  /** The playlist advances and the picture moves. */
  | "live"
  /** It was live, or it looked alive, and has been quiet for a few seconds. */
  | "reconnecting"
  /** Quiet for long, or quiet and the box says why. */
  | "offline"
  /** The viewer stopped the picture. */
  | "paused"
  /** The browser wants a click before it plays. */
  | "autoplay-blocked"
  /** This browser has neither Media Source Extensions nor HLS of its own. */
  | "unsupported";

/** The facts of one reading of the playlist. */
export interface Playlist {
  /** Number of the newest segment (EXT-X-MEDIA-SEQUENCE plus what is listed). */
  readonly mediaSequence: number;
  /** EXT-X-TARGETDURATION, seconds. */
  readonly targetDuration: number;
  /** When the newest segment ended, by EXT-X-PROGRAM-DATE-TIME: seconds since 1970 on the camera's side. */
  readonly newestAt: number | null;
}

export type Observation =
  /** `age`: seconds since the newest segment ended, by the viewer's wall clock; may be nonsense when that is wrong. */
  | { readonly type: "playlist"; readonly playlist: Playlist; readonly age: number | null }
  /** The playing position advanced. */
  | { readonly type: "moved" }
  /** Asked to play, by the viewer or by autoplay. */
  | { readonly type: "resumed" }
  | { readonly type: "paused" }
  /** The browser refused to play without a click. */
  | { readonly type: "blocked" }
  | { readonly type: "unsupported" }
  /** The tab was hidden and is seen again: what stood still meanwhile proves nothing. */
  | { readonly type: "shown" }
  /** The player was torn down and set up again. */
  | { readonly type: "rebuilt" }
  /** `state` of status.json; null when there is none to read. */
  | { readonly type: "box"; readonly state: string | null };

export interface Evidence {
  readonly openedAt: number;
  readonly supported: boolean;
  readonly playback: "playing" | "paused" | "blocked";
  /** The newest playlist, and when it last changed. */
  readonly playlist: Playlist | null;
  readonly advancedAt: number;
  /** Seen to advance, or young when opened. Until then a playlist may be the remains of a dead stream. */
  readonly proven: boolean;
  /** First reading was already older than any live stream's. */
  readonly stale: boolean;
  /** When the picture last moved; null while it has not since it was asked to play. */
  readonly movedAt: number | null;
  /** From when on a standing picture counts against the player. */
  readonly watchedFrom: number;
  /** Rebuilds since the picture last moved. */
  readonly rebuilds: number;
  readonly box: string | null;
}

/** A stream quiet for this long is offline, seconds. */
const OFFLINE_AFTER = 20;
/** The shortest silence that means anything, seconds: below it one late playlist would flicker. */
const QUIET_FLOOR = 4;
/** A playlist younger than this when first read is alive, seconds. */
const YOUNG_FLOOR = 6;
/** A picture that stands for this long is not live, seconds. */
const STILL_AFTER = 3;
/** The playlist advances and the picture stands: rebuild after this, doubled each time up to the ceiling, seconds. */
const STUCK_AFTER = 8;
const STUCK_CEILING = 64;
/** States in which the box itself says that no picture will come. */
const DOWN = new Set(["offline", "refused", "stopped"]);

export function opened(now: number, autoPlay: boolean): Evidence {
  return {
    openedAt: now,
    supported: true,
    playback: autoPlay ? "playing" : "paused",
    playlist: null,
    advancedAt: now,
    proven: false,
    stale: false,
    movedAt: null,
    watchedFrom: now,
    rebuilds: 0,
    box: null,
  };
}

export function observe(evidence: Evidence, observation: Observation, now: number): Evidence {
  switch (observation.type) {
    case "playlist":
      return read(evidence, observation.playlist, observation.age, now);
    case "moved":
      return { ...evidence, movedAt: now, rebuilds: 0 };
    case "resumed":
      return evidence.playback === "playing"
        ? evidence
        : { ...evidence, playback: "playing", movedAt: null, watchedFrom: now };
    case "paused":
      // A refused play() leaves the video paused as well; the refusal is the better news.
      return evidence.playback === "blocked" ? evidence : { ...evidence, playback: "paused" };
    case "blocked":
      return { ...evidence, playback: "blocked" };
    case "unsupported":
      return { ...evidence, supported: false };
    case "shown":
      return { ...evidence, watchedFrom: now };
    case "rebuilt":
      return { ...evidence, watchedFrom: now, rebuilds: evidence.rebuilds + 1 };
    case "box":
      return { ...evidence, box: observation.state };
  }
}

function read(evidence: Evidence, playlist: Playlist, age: number | null, now: number): Evidence {
  if (evidence.playlist === null) {
    const young = age !== null && Math.abs(age) < Math.max(3 * playlist.targetDuration, YOUNG_FLOOR);
    const stale = age !== null && age > OFFLINE_AFTER;
    return { ...evidence, playlist, advancedAt: now, proven: young, stale };
  }
  if (playlist.mediaSequence === evidence.playlist.mediaSequence) return evidence;
  return { ...evidence, playlist, advancedAt: now, proven: true, stale: false };
}

export function phaseOf(evidence: Evidence, now: number): Phase {
  if (!evidence.supported) return "unsupported";
  if (isOffline(evidence, now)) return "offline";
  if (evidence.playback === "blocked") return "autoplay-blocked";
  if (evidence.playback === "paused") return "paused";
  if (isAdvancing(evidence, now)) {
    if (evidence.movedAt === null) return "connecting";
    return now - evidence.movedAt < STILL_AFTER ? "live" : "reconnecting";
  }
  const hopeful = evidence.playlist === null || (!evidence.proven && !isQuiet(evidence, now));
  return hopeful ? "connecting" : "reconnecting";
}

function isOffline(evidence: Evidence, now: number): boolean {
  if (now - evidence.advancedAt > OFFLINE_AFTER) return true;
  if (isAdvancing(evidence, now)) return false;
  if (evidence.box !== null && DOWN.has(evidence.box)) return true;
  return evidence.stale && isQuiet(evidence, now);
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

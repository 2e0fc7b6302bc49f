/**
 * What is known of a live stream, one observation after the other. Pure: no clock, no I/O, no DOM.
 *
 * Times (`now`, and every `...At` and `...Since` unless it says otherwise) are seconds on one monotonic clock, so that a
 * viewer with a wrong wall clock sees the same thing as everybody else.
 */
import type { Failure } from "./failure";

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
  /** The playlist could not be read. */
  | { readonly type: "failed"; readonly failure: Failure }
  /** The playing position advanced; `lag`: seconds it is further from now than it should be, where that is known. */
  | { readonly type: "moved"; readonly lag?: number | null }
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
  /** `state` and `beat` of status.json; `state` null when there is none to read. */
  | { readonly type: "box"; readonly state: string | null; readonly beat?: number | null };

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
  /** Since when the picture has been behind; null while it is where it should be. */
  readonly laggingSince: number | null;
  /** When it last moved where it should be; null while it has not since it was asked to play. */
  readonly onTimeAt: number | null;
  /** Why the playlist cannot be read, and since when; null while it can. */
  readonly failure: { readonly kind: Failure; readonly since: number } | null;
  /** What the box says: null when there is no status to read, undefined as long as none was looked for. */
  readonly box: string | null | undefined;
  /** The box's beat, and when it was last seen to change. */
  readonly beat: number | null;
  readonly beatAt: number;
}

/** A playlist younger than this when first read is alive, seconds; older than the other, it is the remains of a stream. */
const YOUNG_FLOOR = 6;
const STALE_AFTER = 20;
/** A picture further behind than a target duration and this is behind, seconds: less is hls.js finding its place. */
const LAG_FLOOR = 2;

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
    laggingSince: null,
    onTimeAt: null,
    failure: null,
    box: undefined,
    beat: null,
    beatAt: now,
  };
}

export function observe(evidence: Evidence, observation: Observation, now: number): Evidence {
  switch (observation.type) {
    case "playlist":
      return read(evidence, observation.playlist, observation.age, now);
    case "moved":
      return moved(evidence, observation.lag ?? null, now);
    case "failed":
      return {
        ...evidence,
        failure: { kind: observation.failure, since: failingSince(evidence, observation.failure, now) },
      };
    case "resumed":
      return evidence.playback === "playing"
        ? evidence
        : {
            ...evidence,
            playback: "playing",
            movedAt: null,
            laggingSince: null,
            onTimeAt: null,
            watchedFrom: now,
          };
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
      return heard(evidence, observation.state, observation.beat ?? null, now);
  }
}

function read(before: Evidence, playlist: Playlist, age: number | null, now: number): Evidence {
  const evidence = { ...before, failure: null };
  if (evidence.playlist === null) {
    const young = age !== null && Math.abs(age) < Math.max(3 * playlist.targetDuration, YOUNG_FLOOR);
    const stale = age !== null && age > STALE_AFTER;
    return { ...evidence, playlist, advancedAt: now, proven: young, stale };
  }
  if (playlist.mediaSequence === evidence.playlist.mediaSequence) return evidence;
  return { ...evidence, playlist, advancedAt: now, proven: true, stale: false };
}

function heard(evidence: Evidence, state: string | null, beat: number | null, now: number): Evidence {
  const isNews = beat === null || beat !== evidence.beat;
  return { ...evidence, box: state, beat, beatAt: isNews ? now : evidence.beatAt };
}

function moved(evidence: Evidence, lag: number | null, now: number): Evidence {
  const limit = Math.max(evidence.playlist?.targetDuration ?? 0, LAG_FLOOR);
  const place =
    lag !== null && lag > limit
      ? { laggingSince: evidence.laggingSince ?? now }
      : { laggingSince: null, onTimeAt: now };
  return { ...evidence, ...place, movedAt: now, rebuilds: 0 };
}

function failingSince({ failure }: Evidence, kind: Failure, now: number): number {
  return failure?.kind === kind ? failure.since : now;
}

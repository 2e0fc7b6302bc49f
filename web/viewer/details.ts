/**
 * One camera as `/api/cameras/{id}` describes it. Pure.
 */
import { parseCamera, type WorkerCamera } from "../wall/cameras";

/** What became of a segment: on its way, listed in time, listed later than it lasts, given up. */
export const FATES = ["uploaded", "late", "lost", "made"] as const;
export type Fate = (typeof FATES)[number];

export interface Segment {
  /** When its last picture was taken. */
  readonly endedAt: Date;
  /** Seconds; null for one that never became whole. */
  readonly duration: number | null;
  /** Seconds from its end to its being listed; null while it is not. */
  readonly publishLag: number | null;
  readonly fate: Fate;
}

/** What the video needs and what the uplink carried, bits per second; null where that is not known. */
export interface Uplink {
  readonly needed: number | null;
  readonly achieved: number | null;
}

/** A step in the camera's life. */
export interface Step {
  readonly to: string;
  readonly at: Date;
  readonly reason: string | null;
}

export interface Details extends WorkerCamera {
  /** "copy": as the camera sends it; "transcode"; null: not known yet. */
  readonly videoMode: string | null;
  /** When the newest picture was taken. */
  readonly lastPictureAt: Date | null;
  /** What a segment usually lasts, seconds. */
  readonly segmentDuration: number;
  /** How often the picture was lost within the last hour. */
  readonly reconnects: number | null;
  /** The oldest first. */
  readonly segments: readonly Segment[];
  readonly uplink: Uplink;
  /** The oldest first. */
  readonly history: readonly Step[];
  /** What FFmpeg said last. */
  readonly lines: readonly string[];
}

/** The details in parsed JSON; null when it is no camera. What is missing or odd in them is left out. */
export function parseDetails(json: unknown): Details | null {
  const camera = parseCamera(json);
  if (camera === null) return null;
  const record = json as Record<string, unknown>;
  const uplink = object(record["uplink"]);
  return {
    ...camera,
    videoMode: text(object(record["video"])["mode"]),
    lastPictureAt: date(record["last_segment_at"]),
    segmentDuration: number(record["segment_duration"]) ?? 2,
    reconnects: number(record["reconnects_last_hour"]),
    segments: list(record["segments"]).map(segment).filter(isThere),
    uplink: { needed: number(uplink["needed_bps"]), achieved: number(uplink["achieved_bps"]) },
    history: list(record["history"]).map(step).filter(isThere),
    lines: list(record["ffmpeg_lines"]).filter((line) => typeof line === "string"),
  };
}

/** [media sequence, when it ended, seconds, bytes, seconds of upload, seconds until it was listed, fate]. */
function segment(json: unknown): Segment | null {
  const [, ended, duration, , , publishLag, flag] = list(json);
  const endedAt = date(ended);
  const fate = FATES.find((one) => one === flag);
  if (endedAt === null || fate === undefined) return null;
  return { endedAt, duration: number(duration), publishLag: number(publishLag), fate };
}

function step(json: unknown): Step | null {
  const record = object(json);
  const [to, at] = [text(record["to"]), date(record["at"])];
  return to === null || at === null ? null : { to, at, reason: text(record["reason"]) };
}

const object = (value: unknown) =>
  (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
const text = (value: unknown): string | null => (typeof value === "string" ? value : null);
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const number = (value: unknown): number | null =>
  typeof value === "number" && Number.isFinite(value) ? value : null;
const isThere = <T>(value: T | null): value is T => value !== null;

function date(value: unknown): Date | null {
  const parsed = typeof value === "string" ? new Date(value) : null;
  return parsed && !Number.isNaN(parsed.getTime()) ? parsed : null;
}

/**
 * What is to be shown of a camera, from what is known of it. Pure.
 */
import type { Evidence } from "./evidence";
import type { Failure } from "./failure";
import { isSilent, phaseOf, type Phase } from "./machine";
import type { Status } from "./status";

/** What to show. */
export interface View {
  readonly phase: Phase;
  /** What the box says of itself; null where it says nothing. */
  readonly status: Status | null;
  /** When the newest picture was taken, on the camera's side, as of the last change of this view. */
  readonly lastPictureAt: Date | null;
  /** Why the playlist cannot be read; null while it can. */
  readonly failure: Failure | null;
  /** The browser has a network. */
  readonly online: boolean;
  /** The box's status stands still. */
  readonly silent: boolean;
  /** There is sound to be muted. */
  readonly hasSound: boolean;
}

export const OPENING: View = {
  phase: "connecting",
  status: null,
  lastPictureAt: null,
  failure: null,
  online: true,
  silent: false,
  hasSound: false,
};

/** What is known beside the evidence; `away`: nobody can see the picture. */
export interface Circumstances extends Pick<View, "status" | "online" | "hasSound"> {
  readonly away: boolean;
}

export function viewOf(
  evidence: Evidence,
  { status, online, hasSound, away }: Circumstances,
  now: number,
): View {
  const newestAt = evidence.playlist?.newestAt ?? null;
  return {
    phase: away ? "paused" : phaseOf(evidence, now),
    status,
    lastPictureAt: newestAt === null ? null : new Date(newestAt * 1000),
    failure: evidence.failure?.kind ?? null,
    online,
    silent: isSilent(evidence, now),
    hasSound,
  };
}

/** Whether both say the same; `lastPictureAt` alone, which changes all the time, does not count. */
export function saysTheSame(one: View, other: View): boolean {
  const keys = ["phase", "status", "failure", "online", "silent", "hasSound"] as const;
  return keys.every((key) => one[key] === other[key]);
}

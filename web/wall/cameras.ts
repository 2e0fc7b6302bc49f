/**
 * Cameras to be watched, and the worker's list of them. Pure.
 */
import { phaseOfState, type Phase } from "../live/machine";
import { parseStatus, type Status } from "../live/status";

/** A camera on a wall. */
export interface Camera {
  readonly id: string;
  readonly name: string;
  /** The playlist's address. */
  readonly src: string;
  /** Where status.json is. Default: beside the playlist; null: there is none. */
  readonly statusUrl?: string | null | undefined;
  /** A still picture of now. Default, and where there is none: `snapshot.jpg` beside the playlist. */
  readonly snapshot?: string | undefined;
  /** What its box says of it, where that is known already. */
  readonly status?: Status | undefined;
}

/** A camera of the worker's API. */
export interface WorkerCamera extends Camera {
  readonly statusUrl: string | null;
  readonly status: Status;
}

/** What `/api/cameras` answers. */
export interface WorkerCameras {
  readonly cameras: readonly WorkerCamera[];
  /** Mistakes in the worker's files, a sentence each. */
  readonly problems: readonly string[];
}

/** A camera in parsed JSON; null when it is none. */
export function parseCamera(json: unknown): WorkerCamera | null {
  const status = parseStatus(json);
  if (status === null || typeof json !== "object" || json === null) return null;
  const { id, stream_url: src, status_url: statusUrl } = json as Record<string, unknown>;
  if (typeof id !== "string" || typeof src !== "string") return null;
  return {
    id,
    name: status.name ?? id,
    src,
    statusUrl: typeof statusUrl === "string" ? statusUrl : null,
    snapshot: `/api/cameras/${id}/snapshot.jpg`,
    status,
  };
}

/** The answer of `/api/cameras`; null when it is something else. What is no camera in it is left out. */
export function parseCameras(json: unknown): WorkerCameras | null {
  if (typeof json !== "object" || json === null || !("cameras" in json) || !Array.isArray(json.cameras))
    return null;
  const problems: unknown = "problems" in json ? json.problems : [];
  return {
    cameras: json.cameras.map(parseCamera).filter((camera) => camera !== null),
    problems: Array.isArray(problems)
      ? problems.filter((problem): problem is string => typeof problem === "string")
      : [],
  };
}

/** What to say of one that does not play: what its box says, or else what its player said last (null: it never played). */
export function phaseAtRest({ status }: Camera, last: Phase | null): Phase {
  const said = status ? phaseOfState(status.state) : last;
  const isExpected = said === null || said === "live" || said === "behind" || said === "idle";
  return isExpected ? "connecting" : said;
}

/** Does its box say that there is nothing to play? One that is idle wakes up when it is played. */
export function isAway({ status }: Camera): boolean {
  return ["offline", "refused", "stopped", "not_uploading"].includes(status?.state ?? "");
}

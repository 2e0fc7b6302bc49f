import { parseStatus, type Status } from "../live/status";

/** One camera as the worker's API describes it. */
export interface Camera {
  readonly id: string;
  readonly name: string;
  readonly streamUrl: string;
  readonly statusUrl: string | null;
  readonly status: Status;
}

/** A camera in parsed JSON; null when it is none. Pure. */
export function parseCamera(json: unknown): Camera | null {
  const status = parseStatus(json);
  if (status === null || typeof json !== "object" || json === null) return null;
  const { id, stream_url: streamUrl, status_url: statusUrl } = json as Record<string, unknown>;
  if (typeof id !== "string" || typeof streamUrl !== "string") return null;
  return {
    id,
    name: status.name ?? id,
    streamUrl,
    statusUrl: typeof statusUrl === "string" ? statusUrl : null,
    status,
  };
}

/** The cameras of `/api/cameras`; null when the answer is something else. */
export function parseCameras(json: unknown): readonly Camera[] | null {
  const list = typeof json === "object" && json !== null && "cameras" in json ? json.cameras : null;
  return Array.isArray(list) ? list.map(parseCamera).filter((camera) => camera !== null) : null;
}

const STATES: Record<string, string> = {
  starting: "Starting",
  live: "Live",
  reconnecting: "Reconnecting",
  stalled: "Stalled",
  offline: "Offline",
  refused: "Login refused",
  not_uploading: "Not uploading",
  idle: "Idle",
  stopped: "Stopped",
};

/** A state as people say it. */
export function stateWords(state: string): string {
  return STATES[state] ?? state;
}

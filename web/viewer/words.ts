/**
 * What the worker's page says. Pure.
 */
import type { Uplink } from "./details";

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
export const stateWords = (state: string): string => STATES[state] ?? state;

const STEPS: Record<string, string> = {
  stopped: "Switched off",
  start: "Connecting",
  first_frame: "First picture",
  live: "Live",
  stalled: "No new pictures",
  backing_off: "Waiting before the next try",
  refused: "Login refused",
};

/** A step of the camera's history as people say it. */
export const stepWords = (step: string): string => STEPS[step] ?? step;

const MODES: Record<string, string> = { copy: "as the camera sends it", transcode: "converted" };

/** How the video is made. */
export const modeWords = (mode: string | null): string => MODES[mode ?? ""] ?? "–";

/** 2 times. */
export const times = (count: number | null): string =>
  count === null ? "–" : count === 0 ? "never" : count === 1 ? "once" : `${count} times`;

/** 3.4 s. */
export const seconds = (value: number | null): string => (value === null ? "–" : `${value.toFixed(1)} s`);

/** 850 kbit/s, 5.2 Mbit/s. */
export function rate(bps: number | null): string {
  if (bps === null) return "–";
  const units = ["bit/s", "kbit/s", "Mbit/s", "Gbit/s"];
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(bps, 1)) / 3)));
  const value = bps / 1000 ** step;
  return `${value < 10 && step > 1 ? value.toFixed(1) : Math.round(value)} ${units[step] ?? ""}`;
}

export type Verdict = "unknown" | "enough" | "tight" | "slow";

/** An uplink that carries twice what the video needs has room for a bad minute. */
const ROOM = 2;

/** Whether the uplink carries the video. */
export function verdictOf({ needed, achieved }: Uplink): Verdict {
  if (needed === null || achieved === null) return "unknown";
  if (achieved >= ROOM * needed) return "enough";
  return achieved > needed ? "tight" : "slow";
}

export const VERDICTS: Readonly<Record<Verdict, string>> = {
  unknown: "Not known yet.",
  enough: "The connection to the store has room to spare.",
  tight: "Just enough. A busy moment on this connection will delay the picture.",
  slow: "Too little. Set a smaller target_width, a lower target_fps or a bitrate in cameras.yaml, or use a faster connection.",
};

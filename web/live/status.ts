/**
 * status.json, which the box writes beside the playlist: what it is doing, and in plain words why there is no picture.
 */
import type { Access } from "./access";
import { failureOf } from "./failure";
import { jsonOf, readFresh } from "./fresh";
import { pause } from "./time";

export interface Status {
  /** starting, live, reconnecting, stalled, offline, refused, not_uploading, idle, stopped; later ones may come. */
  readonly state: string;
  readonly name: string | null;
  /** Why, in a sentence for people; null while all is well. */
  readonly reason: string | null;
  /** What to do about it. */
  readonly advice: string | null;
  /** Since when the state holds. */
  readonly since: Date | null;
  /** Only grows while the box lives, so that no clock has to be trusted. */
  readonly beat: number | null;
  /** End of a segment to its being listed, seconds, on the box's clock. */
  readonly publishLag: number | null;
  /** Where the box tells at once what it stores, for those who can reach it; relative to the status. */
  readonly eventsUrl: string | null;
}

/** A box that says nothing. */
export const SILENT: Status = {
  state: "",
  name: null,
  reason: null,
  advice: null,
  since: null,
  beat: null,
  publishLag: null,
  eventsUrl: null,
};

/** The status in parsed JSON; null when it is none. Unknown keys and odd values are overlooked. Pure. */
export function parseStatus(json: unknown): Status | null {
  if (!isRecord(json)) return null;
  const state = string(json["state"]);
  if (state === null) return null;
  return {
    state,
    name: string(json["name"]),
    reason: string(json["reason"]),
    advice: string(json["advice"]),
    since: date(json["since"]),
    beat: number(json["beat"]),
    publishLag: number(json["publish_lag"]),
    eventsUrl: string(json["events_url"]),
  };
}

/** Where the status of a playlist is: beside it. */
export function statusUrlOf(playlistUrl: string, base?: string): string {
  return new URL("status.json", new URL(playlistUrl, base)).href;
}

/** Where the box tells of the playlist `src`, by its status; null where it does not, or a third party would be asked. */
export function eventsUrlOf(eventsUrl: string | null, statusUrl: string, src: string): string | null {
  if (eventsUrl === null) return null;
  try {
    const url = new URL(eventsUrl, statusUrl);
    return url.origin === new URL(src).origin ? url.href : null;
  } catch {
    return null;
  }
}

/** Seconds between two readings. A store without a status is asked now and then: one may appear. */
export const STATUS_INTERVAL = { live: 10, notLive: 3, absent: 30 } as const;

/**
 * Read the status again and again until `signal` aborts. `onStatus(null)` means that there is none.
 * A network or a store that fails says nothing about the box: the last status stays.
 */
export async function watchStatus(
  url: string,
  isLive: () => boolean,
  onStatus: (status: Status | null) => void,
  signal: AbortSignal,
  access?: Access,
): Promise<void> {
  while (!signal.aborted) {
    const status = await readStatus(url, signal, access);
    if (status !== undefined) onStatus(status);
    const pace = status === null ? "absent" : isLive() ? "live" : "notLive";
    await pause(STATUS_INTERVAL[pace], signal);
  }
}

/** The status, null where there is none, undefined when the network could not tell. */
async function readStatus(
  url: string,
  signal: AbortSignal,
  access: Access | undefined,
): Promise<Status | null | undefined> {
  const reading = await readFresh(url, signal, access);
  if (reading === undefined) return undefined;
  if (reading.status === 200) return parseStatus(jsonOf(reading));
  const failure = failureOf(reading.status, reading.text);
  if (failure === "forbidden") access?.refused();
  return failure === "missing" || failure === "no-bucket" ? null : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function string(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function number(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

function date(value: unknown): Date | null {
  const parsed = typeof value === "string" ? new Date(value) : null;
  return parsed && !Number.isNaN(parsed.getTime()) ? parsed : null;
}

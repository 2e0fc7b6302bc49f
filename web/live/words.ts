/**
 * What is said to people, and when. Pure.
 */
import { ENGLISH, type Labels } from "./labels";
import type { View } from "./view";

/** What is said about a view, in plain words. */
export interface Words {
  /** One or two words for the badge. */
  readonly label: string;
  /** Null while there is nothing to say. */
  readonly headline: string | null;
  readonly detail: string | null;
  readonly advice: string | null;
}

/** The words for a view at the time `now`; the box's own reason and advice wherever it gives them. */
export function wordsFor(view: View, now: Date, labels: Labels = ENGLISH): Words {
  const { phase, status } = view;
  const since = sinceOf(view);
  const badge =
    phase === "offline" && since
      ? fill(labels.offlineSince, { time: time(since, now) })
      : labels.badge[phase];
  if (phase === "live" || phase === "behind")
    return { label: badge, headline: null, detail: null, advice: null };
  return {
    label: badge,
    headline: status?.name ? fill(labels.headline[phase], { camera: status.name }) : badge,
    detail: BOX_KNOWS.has(phase) && status?.reason ? status.reason : detailOf(view, now, labels),
    advice: BOX_KNOWS.has(phase) && status?.advice ? status.advice : adviceOf(view, labels),
  };
}

/** Phases that the box may have an explanation for. */
const BOX_KNOWS = new Set(["connecting", "reconnecting", "offline", "not-uploading", "idle", "stopped"]);

/** When the picture ended: the picture's own time, or else the box's. */
function sinceOf({ lastPictureAt, status }: View): Date | null {
  return lastPictureAt ?? status?.since ?? null;
}

function detailOf(view: View, now: Date, labels: Labels): string | null {
  const { phase, failure, online, lastPictureAt } = view;
  if (phase === "reconnecting" || phase === "offline") {
    if (!online) return labels.noNetwork;
    if (failure !== null) return labels.failure[failure];
    if (phase === "reconnecting") return labels.detail.reconnecting;
    return lastPictureAt
      ? fill(labels.lastPicture, { time: time(lastPictureAt, now) })
      : labels.detail.offline;
  }
  return phase === "not-configured" && failure === "no-bucket"
    ? labels.failure["no-bucket"]
    : labels.detail[phase];
}

function adviceOf({ phase, silent, online }: View, labels: Labels): string | null {
  if (phase === "offline") return silent && online ? labels.silent : null;
  return labels.advice[phase];
}

/** `template` with what is in braces replaced. */
export function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

/** 14:03, with the day in front when it was not today. */
function time(at: Date, now: Date): string {
  const clock = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const isToday = at.toDateString() === now.toDateString();
  return isToday ? clock : `${at.toLocaleDateString([], { day: "numeric", month: "long" })}, ${clock}`;
}

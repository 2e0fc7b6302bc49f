import type { Phase } from "./machine";
import type { View } from "./session";

/** What is said about a view, in plain words. */
export interface Words {
  /** One or two words for the badge. */
  readonly label: string;
  /** Null while there is nothing to say. */
  readonly headline: string | null;
  readonly detail: string | null;
  readonly advice: string | null;
}

const LABELS: Record<Phase, string> = {
  connecting: "Connecting",
  live: "Live",
  reconnecting: "Reconnecting",
  offline: "Offline",
  paused: "Paused",
  "autoplay-blocked": "Press play",
  unsupported: "Not supported",
};

/** The words for a view at the time `now`; the box's own reason and advice wherever it gives them. Pure. */
export function wordsFor({ phase, status, lastPictureAt }: View, now: Date): Words {
  const label = LABELS[phase];
  const camera = status?.name ?? null;
  const words = (headline: string, detail: string | null = null, advice: string | null = null): Words => ({
    label,
    headline,
    detail,
    advice,
  });
  const { reason = null, advice = null } = status ?? {};
  switch (phase) {
    case "live":
      return { label, headline: null, detail: null, advice: null };
    case "connecting":
      return words(camera ? `Connecting to ${camera}` : "Connecting", reason, advice);
    case "reconnecting":
      return words(
        camera ? `Reconnecting to ${camera}` : "Reconnecting",
        reason ?? "No new picture yet.",
        advice,
      );
    case "offline":
      return words(
        camera ? `${camera} is offline` : "Offline",
        reason ?? silence(lastPictureAt, now),
        advice,
      );
    case "paused":
      return words("Paused");
    case "autoplay-blocked":
      return words("Press play to watch", "This browser wants a click before it plays.");
    case "unsupported":
      return words(
        "This browser cannot play live video",
        "It has no Media Source Extensions.",
        "Open the page in a current Chrome, Edge, Firefox or Safari.",
      );
  }
}

function silence(lastPictureAt: Date | null, now: Date): string {
  if (lastPictureAt === null) return "No picture has arrived.";
  return `No new picture since ${time(lastPictureAt, now)}.`;
}

/** 14:03:22, with the day in front when it was not today. */
function time(at: Date, now: Date): string {
  const clock = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const isToday = at.toDateString() === now.toDateString();
  return isToday ? clock : `${at.toLocaleDateString([], { day: "numeric", month: "long" })}, ${clock}`;
}

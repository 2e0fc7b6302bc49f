import type { Sample } from "../../live/latency";
import type { Phase } from "../../live/machine";

declare global {
  interface Window {
    diary: Diary;
  }
}

/** What the page's player has said since the page was loaded. */
export interface Diary {
  readonly phases: Phase[];
  readonly samples: Sample[];
  readonly errors: string[];
  /** What the player gets when it asks for a token, and how often it asked. */
  token: string | undefined;
  asked: number;
  /** Seconds from the start of the navigation to the first time it was live; null before. */
  liveAfter: number | null;
}

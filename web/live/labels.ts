/**
 * Every word the player says, in English. `{camera}`, `{time}` and `{seconds}` stand for what is put in their place. Pure.
 */
import type { Failure } from "./failure";
import type { Phase } from "./machine";

type PerPhase<T> = Readonly<Record<Phase, T>>;

export interface Labels {
  /** What the whole is called, for a screen reader, when the camera has no name. */
  readonly player: string;
  /** Two or three words in the corner. */
  readonly badge: PerPhase<string>;
  /** The badge of a stream that is offline, when it is known since when. */
  readonly offlineSince: string;
  /** What is said over the picture of a camera that has a name. */
  readonly headline: PerPhase<string>;
  /** Why, unless the box says it. */
  readonly detail: PerPhase<string | null>;
  /** What to do about it, unless the box says it. */
  readonly advice: PerPhase<string | null>;
  readonly failure: Readonly<Record<Failure, string>>;
  readonly lastPicture: string;
  readonly noNetwork: string;
  /** Advice when nothing is heard of the box either. */
  readonly silent: string;
  readonly controls: {
    readonly play: string;
    readonly pause: string;
    readonly mute: string;
    readonly unmute: string;
    readonly goLive: string;
    readonly stats: string;
    readonly pictureInPicture: string;
    readonly fullScreen: string;
    readonly leaveFullScreen: string;
  };
  readonly wall: {
    /** What the wall is called, for a screen reader. */
    readonly cameras: string;
    /** The button over a camera, and the one that leads back. */
    readonly open: string;
    readonly close: string;
    /** The badge of a picture that does not move, and when it was taken; without a time when that is not known. */
    readonly still: string;
    readonly stillAt: string;
    /** Why it does not. */
    readonly resting: string;
    /** `{live}` of `{all}`. */
    readonly summary: string;
  };
  readonly stats: {
    readonly latency: string;
    readonly buffer: string;
    readonly publishLag: string;
    readonly picture: string;
    readonly dropped: string;
    readonly seconds: string;
  };
}

/** Labels of which some are replaced. */
export type SomeLabels = {
  readonly [Key in keyof Labels]?: Labels[Key] extends string ? string : Partial<Labels[Key]>;
};

/** `some` laid over the English ones. */
export function labelsWith(some: SomeLabels = {}): Labels {
  const merged = Object.entries(ENGLISH).map(([key, english]: [string, Labels[keyof Labels]]) => {
    const own = some[key as keyof Labels];
    return [
      key,
      typeof english === "string" || typeof own === "string" ? (own ?? english) : { ...english, ...own },
    ];
  });
  return Object.fromEntries(merged) as Labels;
}

export const ENGLISH: Labels = {
  player: "Live camera",
  badge: {
    connecting: "Connecting",
    live: "Live",
    behind: "Behind live",
    reconnecting: "Reconnecting",
    offline: "Offline",
    "not-uploading": "Not uploading",
    idle: "Waking up",
    stopped: "Switched off",
    "not-configured": "Not set up",
    "no-permission": "No permission",
    "at-capacity": "At capacity",
    paused: "Paused",
    "autoplay-blocked": "Press play",
    unsupported: "Not supported",
  },
  offlineSince: "Offline since {time}",
  headline: {
    connecting: "Connecting to {camera}",
    live: "{camera} is live",
    behind: "{camera} is behind live",
    reconnecting: "Reconnecting to {camera}",
    offline: "{camera} is offline",
    "not-uploading": "{camera} is not uploading",
    idle: "Waking up {camera}",
    stopped: "{camera} is switched off",
    "not-configured": "{camera} is not set up",
    "no-permission": "You may not watch {camera}",
    "at-capacity": "{camera} has too many viewers",
    paused: "{camera} is paused",
    "autoplay-blocked": "Press play to watch {camera}",
    unsupported: "This browser cannot play live video",
  },
  detail: {
    connecting: null,
    live: null,
    behind: null,
    reconnecting: "No new picture yet.",
    offline: "No picture has arrived.",
    "not-uploading": "The box has the picture but cannot upload it.",
    idle: "Nobody was watching, so nothing was sent.",
    stopped: "The box was told to stop.",
    "not-configured": "There is no stream at this address.",
    "no-permission": "This camera is for people who are signed in and may see it.",
    "at-capacity": "The store turns viewers away for now.",
    paused: null,
    "autoplay-blocked": "This browser wants a click before it plays.",
    unsupported: "It has no Media Source Extensions.",
  },
  advice: {
    connecting: null,
    live: null,
    behind: null,
    reconnecting: null,
    offline: null,
    "not-uploading": null,
    idle: null,
    stopped: null,
    "not-configured": "Start the camera on its box, or check the address.",
    "no-permission": "Sign in, or ask for access.",
    "at-capacity": "It goes on by itself when there is room.",
    paused: null,
    "autoplay-blocked": null,
    unsupported: "Open the page in a current Chrome, Edge, Firefox or Safari.",
  },
  failure: {
    unreachable: "The store does not answer.",
    missing: "The stream is gone from the store.",
    "no-bucket": "The bucket does not exist, or is private.",
    forbidden: "The store refuses.",
    limited: "The store turns viewers away for now.",
    busy: "The store is busy.",
    down: "The store has trouble.",
  },
  lastPicture: "No new picture since {time}.",
  noNetwork: "This device has no network.",
  silent: "Nothing is heard of its box either: is it on, and connected?",
  controls: {
    play: "Play",
    pause: "Pause",
    mute: "Mute",
    unmute: "Unmute",
    goLive: "Go live",
    stats: "Figures",
    pictureInPicture: "Picture in picture",
    fullScreen: "Full screen",
    leaveFullScreen: "Leave full screen",
  },
  wall: {
    cameras: "Cameras",
    open: "{camera}, {state}. Show large",
    close: "Back to all cameras",
    still: "Still",
    stillAt: "Still, {time}",
    resting: "This device cannot play more cameras at once. Choose this one to see it move.",
    summary: "{live} of {all} cameras are live",
  },
  stats: {
    latency: "Delay",
    buffer: "Buffer",
    publishLag: "Upload",
    picture: "Picture",
    dropped: "Dropped",
    seconds: "{seconds} s",
  },
};

/**
 * Whether somebody can see the page, and whether the machine was away: asleep, or without a network.
 */

export interface PresenceEvents {
  /** Nobody has been able to see the video for a while. */
  onAway(): void;
  /** Seen again after `onAway`, or awake after a sleep. */
  onBack(): void;
  /** Seen again after a moment. */
  onShown(): void;
  /** The browser lost or found its network. */
  onNetwork(isOnline: boolean): void;
}

/** Seconds for which a hidden video plays on: switching between tabs must not cost a reconnect. */
const HIDDEN_FOR = 15;
/** Seconds between two looks at the clock, and the gap that means the machine slept. */
const LOOK = 2;
const SLEPT = 12;

/** Watch until `signal` aborts. `isSeen` says that the video is visible in spite of a hidden page (picture in picture). */
export function watchPresence(isSeen: () => boolean, events: PresenceEvents, signal: AbortSignal): void {
  let away = false;
  let hiding: ReturnType<typeof setTimeout> | undefined;
  const leave = () => {
    if (isSeen()) hiding = setTimeout(leave, HIDDEN_FOR * 1000);
    else {
      away = true;
      events.onAway();
    }
  };
  const onVisibility = () => {
    clearTimeout(hiding);
    if (document.hidden) hiding = setTimeout(leave, HIDDEN_FOR * 1000);
    else if (away) {
      away = false;
      events.onBack();
    } else events.onShown();
  };
  // The wall clock: some systems stop the monotonic one in a sleep.
  let seenAt = Date.now();
  const looking = setInterval(() => {
    const slept = (Date.now() - seenAt) / 1000;
    seenAt = Date.now();
    // Timers of hidden pages are slowed down to one a minute; those come back by being shown.
    if (slept > SLEPT && !document.hidden && !away) events.onBack();
  }, LOOK * 1000);
  document.addEventListener("visibilitychange", onVisibility, { signal });
  addEventListener(
    "online",
    () => {
      events.onNetwork(true);
    },
    { signal },
  );
  addEventListener(
    "offline",
    () => {
      events.onNetwork(false);
    },
    { signal },
  );
  signal.addEventListener("abort", () => {
    clearTimeout(hiding);
    clearInterval(looking);
  });
  if (document.hidden) onVisibility();
}

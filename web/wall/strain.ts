import type { Look } from "./capacity";
import type { Phase } from "../live/machine";

/** A player that is looked at. */
interface Player {
  readonly phase: Phase | null;
  readonly video: HTMLVideoElement | null;
}

/** How hard the browser has to work for the players of a page. */
export class Strain {
  private readonly counted = new WeakMap<HTMLVideoElement, { total: number; dropped: number }>();
  private readonly observer: PerformanceObserver | null = null;
  /** Seconds in long tasks since the last look. */
  private busy = 0;

  constructor() {
    if (!isObservable("longtask")) return;
    this.observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) this.busy += duration / 1000;
    });
    this.observer.observe({ type: "longtask" });
  }

  close(): void {
    this.observer?.disconnect();
  }

  /** What came of these players within the last `seconds`. */
  since(players: readonly Player[], seconds: number): Look {
    const pictures = players.map(({ video }) => (video ? this.picturesOf(video) : { total: 0, dropped: 0 }));
    const dropped = pictures.reduce((sum, one) => sum + one.dropped, 0);
    const total = pictures.reduce((sum, one) => sum + one.total, 0);
    const busy = Math.min(1, this.busy / seconds);
    this.busy = 0;
    const stalled = players.filter(isStalled).length;
    return { playing: players.length, shown: total - dropped, dropped, busy, stalled };
  }

  private picturesOf(video: HTMLVideoElement): { total: number; dropped: number } {
    const quality = video.getVideoPlaybackQuality();
    const [total, dropped] = [quality.totalVideoFrames, quality.droppedVideoFrames];
    const before = this.counted.get(video);
    this.counted.set(video, { total, dropped });
    // Counted anew after the player was set up anew.
    if (before === undefined || total < before.total) return { total: 0, dropped: 0 };
    return { total: total - before.total, dropped: dropped - before.dropped };
  }
}

/** Wants to play and has nothing to show next. What is known to be away has reasons of its own. */
function isStalled({ phase, video }: Player): boolean {
  const tries = phase === "live" || phase === "behind" || phase === "reconnecting";
  return tries && video !== null && !video.paused && video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA;
}

/** Safari and Firefox know no long tasks. */
function isObservable(type: string): boolean {
  return typeof PerformanceObserver !== "undefined" && PerformanceObserver.supportedEntryTypes.includes(type);
}

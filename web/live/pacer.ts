/**
 * Holds a playing video as near to now as its network allows: by playing a little faster or slower, rarely by a jump.
 */
import { appended, stalled, step, still, type Means, type Pace } from "./pace";
import { now } from "./time";

/** Seconds between two looks. */
const TICK = 0.2;
/** WebKit loads again when the speed changes; every iOS browser is one. */
const MEANS: Means = isWebKit() ? "jump" : "rate";

export class Pacer {
  private readonly life = new AbortController();
  private readonly ticking: ReturnType<typeof setInterval>;
  private pace: Pace = still(now());
  private end = 0;
  /** Infinity: it does not. */
  private movingSince = Number.POSITIVE_INFINITY;

  /** `leeway` says how much nearer to now the picture may come (seconds). */
  constructor(
    private readonly video: HTMLVideoElement,
    private readonly leeway: () => number,
    private readonly means: Means = MEANS,
  ) {
    const { signal } = this.life;
    this.ticking = setInterval(this.tick, TICK * 1000);
    video.addEventListener("waiting", this.onWaiting, { signal });
    video.addEventListener("playing", this.onPlaying, { signal });
    video.addEventListener("pause", this.begin, { signal });
    document.addEventListener("visibilitychange", this.begin, { signal });
  }

  close(): void {
    this.life.abort();
    clearInterval(this.ticking);
    this.video.playbackRate = 1;
  }

  /** Video was appended. */
  appended(): void {
    const before = this.end;
    this.end = endOf(this.video);
    if (this.isMoving && before > 0 && this.end > before) this.pace = appended(this.pace, before, now());
  }

  private get isMoving(): boolean {
    return this.movingSince < Number.POSITIVE_INFINITY;
  }

  private readonly tick = (): void => {
    const { video } = this;
    if (video.paused || video.seeking || document.hidden || !this.isMoving) return;
    const position = video.currentTime;
    const sight = {
      position,
      ahead: endOf(video) - position,
      since: this.movingSince,
      leeway: this.leeway(),
      means: this.means,
    };
    const { pace, rate, jump } = step(this.pace, sight, now());
    this.pace = pace;
    if (jump > 0) video.currentTime = position + jump;
    if (video.playbackRate !== rate) video.playbackRate = rate;
  };

  private readonly onWaiting = (): void => {
    if (this.video.seeking || !this.isMoving) return;
    this.pace = stalled(this.pace, now());
  };

  private readonly onPlaying = (): void => {
    if (!this.isMoving) this.movingSince = now();
  };

  /** After a pause, or when the page was not seen, everything that was known is old. */
  private readonly begin = (): void => {
    this.pace = still(now());
    this.end = 0;
    this.movingSince = this.video.paused ? Number.POSITIVE_INFINITY : now();
    this.video.playbackRate = 1;
  };
}

function isWebKit(): boolean {
  return (
    typeof navigator !== "undefined" &&
    navigator.userAgent.includes("AppleWebKit") &&
    !navigator.userAgent.includes("Chrom")
  );
}

function endOf({ buffered }: HTMLVideoElement): number {
  return buffered.length > 0 ? buffered.end(buffered.length - 1) : 0;
}

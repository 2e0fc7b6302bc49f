/**
 * Plays a video as its viewer wants it: by itself at first, where it may, and later as the viewer left it.
 */
export interface AutoplayEvents {
  onPlay(): void;
  onPause(): void;
  /** The browser wants a click first. */
  onRefused(): void;
}

export class Autoplay {
  /** The picture is to move, as far as the viewer is concerned. */
  isWanted: boolean;
  private refused = false;
  /** What the element said before anybody touched it. */
  private readonly byItself: boolean;

  /** Until `signal` aborts. */
  constructor(
    private readonly video: HTMLVideoElement,
    private readonly events: AutoplayEvents,
    signal: AbortSignal,
  ) {
    this.isWanted = this.byItself = video.autoplay;
    video.addEventListener("canplay", this.start, { signal });
    video.addEventListener("play", this.onPlay, { signal });
    video.addEventListener("pause", this.onPause, { signal });
    signal.addEventListener("abort", () => {
      video.autoplay = this.byItself;
    });
  }

  /** The autoplay attribute fails in silence, and knows nothing of what was played before a rebuild; play() does. */
  private readonly start = (): void => {
    const { video } = this;
    if (!video.paused || !this.isWanted) return;
    video.play().catch((error: unknown) => {
      if (!(error instanceof DOMException && error.name === "NotAllowedError")) return;
      this.refused = true;
      this.want(true);
      this.events.onRefused();
    });
  };

  private readonly onPlay = (): void => {
    this.refused = false;
    this.want(true);
    this.events.onPlay();
  };

  private readonly onPause = (): void => {
    // Browsers pause what is hidden and what they refused to play; neither is the viewer's wish.
    const isSeen = !document.hidden || document.pictureInPictureElement === this.video;
    if (isSeen && !this.refused) this.want(false);
    this.events.onPause();
  };

  /** The attribute says the same: with it, whatever is set up again would play by itself. */
  private want(wanted: boolean): void {
    this.isWanted = wanted;
    this.video.autoplay = wanted && this.byItself;
  }
}

/**
 * One camera in one video element, from opening to closing: plays it, gathers the evidence, says what to show.
 */
import type { HlsConfig } from "hls.js";
import { HlsPlayback, type HlsConstructor } from "./hls";
import { isStuck, observe, opened, phaseOf, type Evidence, type Observation, type Phase } from "./machine";
import { NativePlayback, playsNatively } from "./native";
import type { LiveError, Playback, PlaybackEvents } from "./playback";
import { statusUrlOf, watchStatus, type Status } from "./status";

/** What to show. */
export interface View {
  readonly phase: Phase;
  /** What the box says of itself; null where it says nothing. */
  readonly status: Status | null;
  /** When the newest picture was taken, on the camera's side, as of the last change of phase or status. */
  readonly lastPictureAt: Date | null;
}

export const OPENING: View = { phase: "connecting", status: null, lastPictureAt: null };

export interface SessionOptions {
  /** Where status.json is: beside the playlist unless given; null reads none. */
  readonly statusUrl?: string | null | undefined;
  readonly loadHls: () => Promise<HlsConstructor>;
  readonly hlsConfig: () => Partial<HlsConfig>;
  readonly onView: (view: View) => void;
  readonly onError: (error: LiveError) => void;
  /** The picture stands and may go black: the chance to keep it. */
  readonly onStill: () => void;
}

/** Seconds between two looks at the picture. */
const TICK = 0.5;

export class Session {
  private readonly life = new AbortController();
  private readonly ticking: ReturnType<typeof setInterval>;
  private playback: Playback | null = null;
  private evidence: Evidence;
  private status: Status | null = null;
  private view: View = OPENING;
  private position = 0;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly src: string,
    private readonly options: SessionOptions,
  ) {
    this.evidence = opened(now(), video.autoplay);
    this.listen();
    this.ticking = setInterval(this.tick, TICK * 1000);
    void this.play();
    void this.watchBox();
  }

  close(): void {
    this.life.abort();
    clearInterval(this.ticking);
    this.playback?.destroy();
    this.playback = null;
  }

  private async play(): Promise<void> {
    const { video, src, options } = this;
    const Hls = await options.loadHls();
    if (this.life.signal.aborted) return;
    // hls.js first: desktop Chromium claims HLS of its own, and is dead after one playlist that fails (hls.js #7827).
    if (Hls.isSupported()) this.playback = new HlsPlayback(video, src, Hls, options.hlsConfig, this.events);
    else if (playsNatively(video)) this.playback = new NativePlayback(video, src, this.events);
    else this.learn({ type: "unsupported" });
  }

  private readonly events: PlaybackEvents = {
    onPlaylist: (playlist) => {
      const age = playlist.newestAt === null ? null : Date.now() / 1000 - playlist.newestAt;
      this.learn({ type: "playlist", playlist, age });
    },
    onError: (error) => {
      this.options.onError(error);
    },
    onTeardown: () => {
      this.options.onStill();
    },
    onRebuilt: () => {
      this.learn({ type: "rebuilt" });
    },
  };

  private listen(): void {
    const { video } = this;
    const { signal } = this.life;
    const on = (type: string, listener: () => void) => {
      video.addEventListener(type, listener, { signal });
    };
    on("canplay", this.start);
    on("play", () => {
      this.learn({ type: "resumed" });
    });
    on("playing", () => {
      this.learn({ type: "moved" });
    });
    on("waiting", this.options.onStill);
    on("pause", () => {
      this.learn({ type: "paused" });
    });
    document.addEventListener("visibilitychange", this.onVisibility, { signal });
  }

  /** The autoplay attribute fails in silence; play() says when the browser wants a click. */
  private readonly start = (): void => {
    const { video } = this;
    if (!video.autoplay || !video.paused || this.evidence.playback !== "playing") return;
    video.play().catch((error: unknown) => {
      if (error instanceof DOMException && error.name === "NotAllowedError") this.learn({ type: "blocked" });
    });
  };

  private readonly onVisibility = (): void => {
    if (document.visibilityState === "visible") this.learn({ type: "shown" });
  };

  private readonly tick = (): void => {
    if (this.hasMoved()) this.learn({ type: "moved" });
    else this.show();
    if (!document.hidden && isStuck(this.evidence, now())) this.playback?.rebuild();
  };

  /** Played on, that is: hls.js also jumps over holes and after the live edge, and a jump shows nothing. */
  private hasMoved(): boolean {
    const { currentTime, paused, seeking, readyState } = this.video;
    const moved = currentTime !== this.position;
    this.position = currentTime;
    return moved && !paused && !seeking && readyState >= HTMLMediaElement.HAVE_FUTURE_DATA;
  }

  private async watchBox(): Promise<void> {
    const { statusUrl = statusUrlOf(this.src, document.baseURI) } = this.options;
    if (statusUrl === null) return;
    const onStatus = (status: Status | null) => {
      this.status = status;
      this.learn({ type: "box", state: status?.state ?? null });
    };
    await watchStatus(statusUrl, () => this.view.phase === "live", onStatus, this.life.signal);
  }

  private learn(observation: Observation): void {
    if (this.life.signal.aborted) return;
    this.evidence = observe(this.evidence, observation, now());
    this.show();
  }

  private show(): void {
    const { evidence, status } = this;
    const phase = phaseOf(evidence, now());
    const newestAt = evidence.playlist?.newestAt ?? null;
    if (phase === this.view.phase && status === this.view.status) return;
    this.view = { phase, status, lastPictureAt: newestAt === null ? null : new Date(newestAt * 1000) };
    this.options.onView(this.view);
  }
}

/** Seconds on a clock that nobody sets. */
function now(): number {
  return performance.now() / 1000;
}

/**
 * One camera in one video element, from opening to closing: plays it, gathers the evidence, says what to show.
 */
import { Access, type Credentials } from "./access";
import type { Settings } from "./config";
import { observe, opened, type Evidence, type Observation } from "./evidence";
import type { Failure } from "./failure";
import { HlsPlayback, type HlsConstructor } from "./hls";
import { bufferAhead, latencyOf, type Sample } from "./latency";
import { isSilent, isStuck, phaseOf, type Phase } from "./machine";
import { NativePlayback, playsNatively } from "./native";
import type { LiveError, Playback, PlaybackEvents } from "./playback";
import { watchPresence } from "./presence";
import { statusUrlOf, watchStatus, type Status } from "./status";

/** What to show. */
export interface View {
  readonly phase: Phase;
  /** What the box says of itself; null where it says nothing. */
  readonly status: Status | null;
  /** When the newest picture was taken, on the camera's side, as of the last change of this view. */
  readonly lastPictureAt: Date | null;
  /** Why the playlist cannot be read; null while it can. */
  readonly failure: Failure | null;
  /** The browser has a network. */
  readonly online: boolean;
  /** The box's status stands still. */
  readonly silent: boolean;
  /** There is sound to be muted. */
  readonly hasSound: boolean;
}

export const OPENING: View = {
  phase: "connecting",
  status: null,
  lastPictureAt: null,
  failure: null,
  online: true,
  silent: false,
  hasSound: false,
};

export interface SessionOptions {
  /** Where status.json is: beside the playlist unless given; null reads none. */
  readonly statusUrl?: string | null | undefined;
  /** Hidden for long, it plays on. */
  readonly playsHidden: () => boolean;
  readonly loadHls: () => Promise<HlsConstructor>;
  /** The whole configuration, asked at each set-up. */
  readonly settings: () => Settings;
  /** Asked at each request. */
  readonly credentials: () => Credentials;
  readonly onView: (view: View) => void;
  /** About once a second while the picture moves. */
  readonly onSample: (sample: Sample) => void;
  readonly onError: (error: LiveError) => void;
  /** The picture stands and may go black: the chance to keep it. */
  readonly onStill: () => void;
}

/** Seconds between two looks at the picture; every so many of them a sample is taken. */
const TICK = 0.5;
const SAMPLE_EVERY = 2;

export class Session {
  private readonly life = new AbortController();
  private readonly ticking: ReturnType<typeof setInterval>;
  private readonly access: Access;
  private playback: Playback | null = null;
  private watching = new AbortController();
  private evidence: Evidence;
  private status: Status | null = null;
  private hasSound = false;
  private online = navigator.onLine;
  private away = false;
  private view: View = OPENING;
  private position = 0;
  private ticks = 0;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly src: string,
    private readonly options: SessionOptions,
  ) {
    this.access = new Access(src, options.credentials, (message) => {
      options.onError({ details: "authorization", fatal: false, status: null, message });
    });
    this.evidence = opened(now(), video.autoplay);
    this.listen();
    this.ticking = setInterval(this.tick, TICK * 1000);
    void this.play();
    void this.watchBox();
  }

  close(): void {
    this.life.abort();
    this.watching.abort();
    clearInterval(this.ticking);
    this.playback?.destroy();
    this.playback = null;
  }

  private async play(): Promise<void> {
    const { video, src, options, access } = this;
    const Hls = await options.loadHls();
    if (this.life.signal.aborted || this.away || this.playback !== null) return;
    // hls.js first: desktop Chromium claims HLS of its own, and is dead after one playlist that fails (hls.js #7827).
    if (Hls.isSupported())
      this.playback = new HlsPlayback(video, src, Hls, options.settings, access, this.events);
    // A browser that plays by itself sends no headers.
    else if (playsNatively(video) && !access.opens(src))
      this.playback = new NativePlayback(video, src, this.events);
    else this.learn({ type: "unsupported" });
  }

  private readonly events: PlaybackEvents = {
    onPlaylist: (playlist) => {
      const age = playlist.newestAt === null ? null : Date.now() / 1000 - playlist.newestAt;
      this.learn({ type: "playlist", playlist, age });
    },
    onFailure: (failure) => {
      this.learn({ type: "failed", failure });
    },
    onSound: () => {
      this.hasSound = true;
      this.show();
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
      // The browser pauses what is taken off the screen; only the viewer's pause counts.
      if (!this.away) this.learn({ type: "paused" });
    });
    watchPresence(this.isSeen, this, signal);
  }

  /** Playing although the page is hidden. */
  private readonly isSeen = (): boolean =>
    this.options.playsHidden() || document.pictureInPictureElement === this.video;

  onAway(): void {
    this.options.onStill();
    this.away = true;
    this.watching.abort();
    this.playback?.destroy();
    this.playback = null;
    this.show();
  }

  /** Start over at the live edge: what the player has is old. */
  onBack(): void {
    this.options.onStill();
    this.away = false;
    this.evidence = opened(now(), this.video.autoplay || this.evidence.playback === "playing");
    if (this.playback === null) void this.play();
    else this.playback.rebuild();
    void this.watchBox();
    this.show();
  }

  onShown(): void {
    this.learn({ type: "shown" });
  }

  onNetwork(isOnline: boolean): void {
    this.online = isOnline;
    // What waited for an answer over the old network would wait for its deadline.
    if (isOnline && this.view.phase !== "live") this.playback?.rebuild();
    this.show();
  }

  /** The autoplay attribute fails in silence, and knows nothing of what was played before a rebuild; play() does. */
  private readonly start = (): void => {
    const { video } = this;
    if (!video.paused || this.evidence.playback !== "playing") return;
    video.play().catch((error: unknown) => {
      if (error instanceof DOMException && error.name === "NotAllowedError") this.learn({ type: "blocked" });
    });
  };

  private readonly tick = (): void => {
    if (this.away) return;
    const moves = this.hasMoved();
    if (moves) this.learn({ type: "moved", lag: this.playback?.lag ?? null });
    else this.show();
    this.ticks += 1;
    if (moves && this.ticks % SAMPLE_EVERY === 0) this.options.onSample(this.sample());
    if (!document.hidden && isStuck(this.evidence, now())) this.playback?.rebuild();
  };

  /** Played on, that is: hls.js also jumps over holes and after the live edge, and a jump shows nothing. */
  private hasMoved(): boolean {
    const { currentTime, paused, seeking, readyState } = this.video;
    const moved = currentTime !== this.position;
    this.position = currentTime;
    return moved && !paused && !seeking && readyState >= HTMLMediaElement.HAVE_FUTURE_DATA;
  }

  private sample(): Sample {
    const { video, status } = this;
    return {
      latency: latencyOf(video.hls, new Date(), status?.publishLag),
      buffer: bufferAhead(video.buffered, video.currentTime),
      width: video.videoWidth,
      height: video.videoHeight,
      dropped: video.getVideoPlaybackQuality().droppedVideoFrames,
    };
  }

  private async watchBox(): Promise<void> {
    const { statusUrl = statusUrlOf(this.src, document.baseURI) } = this.options;
    if (statusUrl === null) {
      this.learn({ type: "box", state: null });
      return;
    }
    this.watching.abort();
    this.watching = new AbortController();
    const onStatus = (status: Status | null) => {
      this.status = status;
      this.learn({ type: "box", state: status?.state ?? null, beat: status?.beat ?? null });
    };
    const isLive = () => this.view.phase === "live";
    await watchStatus(statusUrl, isLive, onStatus, this.watching.signal, this.access);
  }

  private learn(observation: Observation): void {
    if (this.life.signal.aborted) return;
    this.evidence = observe(this.evidence, observation, now());
    this.show();
  }

  private show(): void {
    const { evidence, status, online, hasSound } = this;
    const newestAt = evidence.playlist?.newestAt ?? null;
    const next: View = {
      phase: this.away ? "paused" : phaseOf(evidence, now()),
      status,
      lastPictureAt: newestAt === null ? null : new Date(newestAt * 1000),
      failure: evidence.failure?.kind ?? null,
      online,
      silent: isSilent(evidence, now()),
      hasSound,
    };
    const keys = ["phase", "status", "failure", "online", "silent", "hasSound"] as const;
    if (keys.every((key) => next[key] === this.view[key])) return;
    this.view = next;
    this.options.onView(next);
  }
}

/** Seconds on a clock that nobody sets. */
function now(): number {
  return performance.now() / 1000;
}

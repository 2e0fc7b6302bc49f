/**
 * One camera in one video element, from opening to closing: plays it, gathers the evidence, says what to show.
 */
import { Access, type Credentials } from "./access";
import type { Settings } from "./config";
import { observe, opened, type Evidence, type Observation } from "./evidence";
import { pause } from "./fresh";
import { HlsPlayback, type HlsConstructor } from "./hls";
import type { Sample } from "./latency";
import { isStuck } from "./machine";
import { NativePlayback, playsNatively } from "./native";
import { Picture } from "./picture";
import type { LiveError, Playback, PlaybackEvents } from "./playback";
import { watchPresence } from "./presence";
import { eventsUrlOf, statusUrlOf, watchStatus, type Status } from "./status";
import { OPENING, saysTheSame, viewOf, type View } from "./view";

export interface SessionOptions {
  /** Where status.json is: beside the playlist unless given; null reads none. */
  readonly statusUrl?: string | null | undefined;
  /** Where the box tells at once what it stores: as its status says, unless given; null hears nothing. */
  readonly eventsUrl?: string | null | undefined;
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
/** Seconds before hls.js is asked for again. */
const RELOAD = 2;

export class Session {
  private readonly life = new AbortController();
  private readonly ticking: ReturnType<typeof setInterval>;
  private readonly access: Access;
  private readonly picture: Picture;
  private playback: Playback | null = null;
  private watching = new AbortController();
  private evidence: Evidence;
  private status: Status | null = null;
  private hasSound = false;
  private online = navigator.onLine;
  private away = false;
  private view: View = OPENING;
  private ticks = 0;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly src: string,
    private readonly options: SessionOptions,
  ) {
    this.access = new Access(src, options.credentials, (message) => {
      options.onError({ details: "authorization", fatal: false, status: null, message });
    });
    this.picture = new Picture(video);
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
    const Hls = await this.hls();
    if (Hls === null || this.life.signal.aborted || this.away || this.playback !== null) return;
    // hls.js first: desktop Chromium claims HLS of its own, and is dead after one playlist that fails (hls.js #7827).
    if (Hls.isSupported())
      this.playback = new HlsPlayback(video, src, Hls, options.settings, access, this.events);
    // A browser that plays by itself sends no headers.
    else if (playsNatively(video) && !access.opens(src))
      this.playback = new NativePlayback(video, src, this.events);
    else this.learn({ type: "unsupported" });
    this.hear();
  }

  /** The box itself tells what it stores, where it can be reached. */
  private hear(): void {
    const { eventsUrl = this.toldEventsUrl } = this.options;
    this.playback?.hear(eventsUrl);
  }

  private get statusUrl(): string | null {
    const { statusUrl = statusUrlOf(this.src, document.baseURI) } = this.options;
    return statusUrl;
  }

  private get toldEventsUrl(): string | null {
    const { status, statusUrl } = this;
    if (status === null || statusUrl === null) return null;
    const absolute = (url: string) => new URL(url, document.baseURI).href;
    return eventsUrlOf(status.eventsUrl, absolute(statusUrl), absolute(this.src));
  }

  /** hls.js, which comes over the network as everything else; null when it is not wanted any more. */
  private async hls(): Promise<HlsConstructor | null> {
    const { signal } = this.life;
    while (!signal.aborted) {
      const Hls = await this.options.loadHls().catch((error: unknown) => {
        const message = error instanceof Error ? error.message : "hls.js did not come.";
        this.options.onError({ details: "loadHls", fatal: false, status: null, message });
        return null;
      });
      if (Hls !== null) return Hls;
      await pause(RELOAD, signal);
    }
    return null;
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
    const moves = this.picture.hasMoved();
    if (moves) this.learn({ type: "moved", lag: this.playback?.lag ?? null });
    else this.show();
    this.ticks += 1;
    if (moves && this.ticks % SAMPLE_EVERY === 0)
      this.options.onSample(this.picture.sample(this.status?.publishLag ?? null));
    if (!document.hidden && isStuck(this.evidence, now())) this.playback?.rebuild();
  };

  private async watchBox(): Promise<void> {
    const { statusUrl } = this;
    if (statusUrl === null) {
      this.learn({ type: "box", state: null });
      return;
    }
    this.watching.abort();
    this.watching = new AbortController();
    const onStatus = (status: Status | null) => {
      this.status = status;
      this.hear();
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
    const { status, online, hasSound, away } = this;
    const next = viewOf(this.evidence, { status, online, hasSound, away }, now());
    if (saysTheSame(next, this.view)) return;
    this.view = next;
    this.options.onView(next);
  }
}

/** Seconds on a clock that nobody sets. */
function now(): number {
  return performance.now() / 1000;
}

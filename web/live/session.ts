/**
 * One camera in one video element, from opening to closing: plays it, gathers the evidence, says what to show.
 */
import { Access, type Credentials } from "./access";
import { Autoplay } from "./autoplay";
import { Box } from "./box";
import type { Settings } from "./config";
import { observe, opened, type Evidence, type Observation } from "./evidence";
import { HlsPlayback, type HlsConstructor } from "./hls";
import { lagByDate, type Sample } from "./latency";
import { isStuck } from "./machine";
import { NativePlayback, playsNatively } from "./native";
import { Picture } from "./picture";
import type { LiveError, Playback, PlaybackEvents } from "./playback";
import { watchPresence } from "./presence";
import type { Status } from "./status";
import { now, pause } from "./time";
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
  private readonly autoplay: Autoplay;
  private readonly box: Box;
  private readonly picture: Picture;
  private playback: Playback | null = null;
  private evidence: Evidence;
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
    const { signal } = this.life;
    this.picture = new Picture(video);
    this.autoplay = new Autoplay(video, this, signal);
    this.box = new Box(src, options.statusUrl, this.access, this);
    this.evidence = opened(now(), this.autoplay.isWanted);
    video.addEventListener("playing", this.onMoved, { signal });
    video.addEventListener("waiting", options.onStill, { signal });
    watchPresence(this.isSeen, this, signal);
    this.ticking = setInterval(this.tick, TICK * 1000);
    void this.play();
    this.box.watch();
  }

  close(): void {
    this.life.abort();
    this.box.rest();
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
    const { eventsUrl = this.box.eventsUrl } = this.options;
    this.playback?.hear(eventsUrl);
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

  onPlay(): void {
    this.learn({ type: "resumed" });
  }

  onPause(): void {
    // The browser pauses what is taken off the screen, and that says nothing new.
    if (!this.away) this.learn({ type: "paused" });
  }

  onRefused(): void {
    this.learn({ type: "blocked" });
  }

  onStatus(status: Status | null): void {
    this.hear();
    this.learn({ type: "box", state: status?.state ?? null, beat: status?.beat ?? null });
  }

  isLive(): boolean {
    return this.view.phase === "live";
  }

  /** Playing although the page is hidden. */
  private readonly isSeen = (): boolean =>
    this.options.playsHidden() || document.pictureInPictureElement === this.video;

  onAway(): void {
    this.options.onStill();
    this.away = true;
    this.box.rest();
    this.playback?.destroy();
    this.playback = null;
    this.show();
  }

  /** Start over at the live edge, as the viewer left it: what the player has is old. */
  onBack(): void {
    this.options.onStill();
    this.away = false;
    this.evidence = opened(now(), this.autoplay.isWanted);
    if (this.playback === null) void this.play();
    else this.playback.rebuild();
    this.box.watch();
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

  private readonly tick = (): void => {
    if (this.away) return;
    const moves = this.picture.hasMoved();
    if (moves) this.onMoved();
    else this.show();
    this.ticks += 1;
    if (moves && this.ticks % SAMPLE_EVERY === 0)
      this.options.onSample(this.picture.sample(this.box.status?.publishLag ?? null));
    if (!document.hidden && isStuck(this.evidence, now())) this.playback?.rebuild();
  };

  private readonly onMoved = (): void => {
    const byDate = lagByDate(this.video.hls, this.evidence.playlist?.newestAt ?? null);
    const lags = [this.playback?.lag ?? null, byDate].filter((lag) => lag !== null);
    this.learn({ type: "moved", lag: lags.length === 0 ? null : Math.max(...lags) });
  };

  private learn(observation: Observation): void {
    if (this.life.signal.aborted) return;
    this.evidence = observe(this.evidence, observation, now());
    this.show();
  }

  private show(): void {
    const { online, hasSound, away } = this;
    const { status } = this.box;
    const next = viewOf(this.evidence, { status, online, hasSound, away }, now());
    if (saysTheSame(next, this.view)) return;
    this.view = next;
    this.options.onView(next);
  }
}

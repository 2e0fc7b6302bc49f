/**
 * Playing with hls.js: the only file that knows it.
 *
 * Every fatal error ends in one of two ways, at a bounded rate: the media pipeline is reset in place, or the player
 * starts over. Destroy comes first, set-up second, and they mirror each other.
 */
import type Hls from "hls.js";
import type {
  BufferCodecsData,
  ErrorData,
  HlsConfig,
  LevelDetails,
  LoaderConfig,
  LoadPolicy,
  RetryConfig,
} from "hls.js";
import type { Access } from "./access";
import type { Settings } from "./config";
import type { Playlist } from "./evidence";
import { failureOf, type Failure } from "./failure";
import { latencyOf } from "./latency";
import { LiveEdge } from "./edge";
import { makeLive } from "./initialization";
import { freshLoader, liveLoaders, type Refusal } from "./loader";
import { Pacer } from "./pacer";
import type { LiveError, Playback, PlaybackEvents } from "./playback";
import { Push } from "./push";

declare global {
  interface HTMLVideoElement {
    /** The hls.js instance that feeds this element, for the console: `document.querySelector('video').hls.latency`. */
    hls?: Hls;
  }
}

export type HlsConstructor = typeof Hls;

/** hls.js, loaded when the first player appears: a dashboard does not pay for it before. Safe on a server. */
export const loadHls = async (): Promise<HlsConstructor> => (await import("hls.js/light")).default;

/** Seconds before starting over after a fatal error: the first time, and at most (an absent stream is asked for ever). */
const RESTART_AFTER = { first: 1, most: 4 };
/** The media pipeline is reset at most once in so many seconds; an error before that starts over instead. */
const RECOVER_EVERY = 5;
/** How stores refuse a token; Supabase's 400 may also be an object that is missing. */
const REFUSALS = new Set([400, 401, 403]);

export class HlsPlayback implements Playback {
  private hls: Hls | null = null;
  private pacer: Pacer | null = null;
  private edge: LiveEdge<Refusal> | null = null;
  private push: Push | null = null;
  private eventsUrl: string | null = null;
  private restart: ReturnType<typeof setTimeout> | undefined;
  /** Set-ups since a playlist was last read. */
  private attempts = 0;
  private recoveredAt = Number.NEGATIVE_INFINITY;

  /** `settings` is asked at each set-up, so that a change counts from the next one on. */
  constructor(
    private readonly video: HTMLVideoElement,
    private readonly src: string,
    private readonly Hls: HlsConstructor,
    private readonly settings: () => Settings,
    private readonly access: Access,
    private readonly events: PlaybackEvents,
  ) {
    this.setUp();
  }

  get lag(): number | null {
    const { latency = 0, targetLatency = null } = this.hls ?? {};
    return latency > 0 && targetLatency !== null ? latency - targetLatency : null;
  }

  hear(url: string | null): void {
    if (url === this.eventsUrl) return;
    this.eventsUrl = url;
    this.listen();
  }

  rebuild(): void {
    this.events.onTeardown();
    this.destroy();
    this.setUp();
    this.events.onRebuilt();
  }

  destroy(): void {
    clearTimeout(this.restart);
    this.push?.close();
    this.push = this.edge = null;
    this.pacer?.close();
    this.pacer = null;
    this.hls?.destroy();
    this.hls = null;
    delete this.video.hls;
  }

  private setUp(): void {
    const { Hls } = this;
    const settings = this.settings();
    const Base = Hls.DefaultConfig.loader;
    this.edge = settings.paced ? new LiveEdge(new URL(this.src, document.baseURI).href) : null;
    const loaders = this.edge ? liveLoaders(Base, this.edge) : freshLoader(Base);
    const hls = new Hls(opening(this.access, { ...loaders, ...settings.hls }));
    this.hls = hls;
    this.video.hls = hls;
    hls.on(Hls.Events.LEVEL_LOADED, (_event, { details }) => {
      this.attempts = 0;
      this.events.onPlaylist(playlistOf(details));
    });
    hls.on(Hls.Events.BUFFER_CODECS, (_event, tracks) => {
      if (settings.paced) makeEachLive(tracks);
      if (tracks.audio ?? tracks.audiovideo) this.events.onSound();
    });
    hls.on(Hls.Events.FRAG_PARSED, (_event, { frag }) => {
      if (frag.relurl !== undefined) this.edge?.measured(frag.relurl, frag.duration);
    });
    hls.on(Hls.Events.ERROR, (_event, data) => {
      this.heal(hls, data);
    });
    if (settings.paced) this.setPace(hls, settings.targetLatency);
    hls.attachMedia(this.video);
    hls.loadSource(this.src);
    this.listen();
  }

  private listen(): void {
    this.push?.close();
    const { edge, eventsUrl } = this;
    this.push = edge && eventsUrl !== null ? new Push(eventsUrl, edge, this.access) : null;
  }

  private setPace(hls: Hls, targetLatency: number | null): void {
    const leeway = () => {
      const latency = targetLatency === null ? null : latencyOf(hls, new Date());
      return targetLatency === null || latency === null ? Number.POSITIVE_INFINITY : latency - targetLatency;
    };
    const pacer = new Pacer(this.video, leeway);
    this.pacer = pacer;
    hls.on(this.Hls.Events.BUFFER_APPENDED, () => {
      pacer.appended();
    });
  }

  private heal(hls: Hls, data: ErrorData): void {
    this.events.onError(liveError(data));
    const failure = playlistFailure(data);
    if (failure !== null) this.events.onFailure(failure);
    if (failure === "forbidden" || REFUSALS.has(data.response?.code ?? 0)) this.access.refused();
    if (!data.fatal) return;
    const now = performance.now() / 1000;
    if (data.type === this.Hls.ErrorTypes.MEDIA_ERROR && now - this.recoveredAt > RECOVER_EVERY) {
      this.recoveredAt = now;
      hls.recoverMediaError();
      return;
    }
    const delay = Math.min(RESTART_AFTER.first * 2 ** this.attempts, RESTART_AFTER.most);
    this.attempts += 1;
    clearTimeout(this.restart);
    this.restart = setTimeout(() => {
      this.rebuild();
    }, delay * 1000);
  }
}

/** Go to the live edge and play, after a pause or a refused autoplay. Call it from a click. */
export function goLive(video: HTMLVideoElement): void {
  const edge = video.hls?.liveSyncPosition;
  if (edge != null && edge > video.currentTime) video.currentTime = edge;
  // A refusal shows by the picture that stays paused.
  void video.play().catch(() => undefined);
}

function playlistOf(details: LevelDetails): Playlist {
  const newest = details.fragments.at(-1);
  const start = newest?.programDateTime;
  return {
    mediaSequence: details.endSN,
    targetDuration: details.targetduration,
    newestAt: newest && start != null ? start / 1000 + newest.duration : null,
  };
}

function liveError(data: ErrorData): LiveError {
  const code = data.response?.code ?? 0;
  return {
    details: data.details,
    fatal: data.fatal,
    status: code > 0 ? code : null,
    message: data.error.message,
  };
}

/** Before hls.js appends what it made. */
function makeEachLive({ video, audio, audiovideo }: BufferCodecsData): void {
  for (const track of [video, audio, audiovideo]) if (track?.initSegment) makeLive(track.initSegment);
}

/** Why the playlist could not be read; null when the error is about something else. */
function playlistFailure({ details, response, networkDetails }: ErrorData): Failure | null {
  if (!/^(manifest|level)(Load|Parsing)/.test(details)) return null;
  if (details.includes("Parsing")) return "down";
  const request: unknown = networkDetails;
  const body = request instanceof XMLHttpRequest ? request.responseText : "";
  return failureOf(response?.code ?? 0, body);
}

/** Settings with which every request to the playlist's origin carries what opens it. */
function opening(access: Access, settings: Partial<HlsConfig>): Partial<HlsConfig> {
  const { xhrSetup } = settings;
  return {
    ...settings,
    ...(settings.fragLoadPolicy && {
      fragLoadPolicy: withSecondTry(access, settings.fragLoadPolicy.default),
    }),
    xhrSetup: async (xhr, url, context) => {
      if (access.opens(url)) {
        const headers = await access.headersFor(url);
        // hls.js lets go of a request that was cancelled meanwhile; opening it does no harm.
        if (xhr.readyState === XMLHttpRequest.UNSENT) xhr.open("GET", url, true);
        for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
      }
      await xhrSetup?.(xhr, url, context);
    },
  };
}

/** A segment that is refused is asked for once more with another token, before it counts as gone. */
function withSecondTry(access: Access, policy: LoaderConfig): LoadPolicy {
  const { errorRetry } = policy;
  if (errorRetry === null) return { default: policy };
  const shouldRetry: RetryConfig["shouldRetry"] = (config, count, isTimeout, response, byDefault) => {
    if (
      count === 0 &&
      response !== undefined &&
      REFUSALS.has(response.code ?? 0) &&
      access.opens(response.url)
    ) {
      access.refused();
      return true;
    }
    return errorRetry.shouldRetry?.(config, count, isTimeout, response, byDefault) ?? byDefault;
  };
  return { default: { ...policy, errorRetry: { ...errorRetry, shouldRetry } } };
}

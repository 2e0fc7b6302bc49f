import type { HlsConfig, LoaderConfig, RetryConfig } from "hls.js";

/** Which settings the player starts from. */
export type Preset = "live" | "documented";

/** The documented settings of the live stream, one by one. */
export const DOCUMENTED = {
  // No effect with hls.js from npm, which carries no worker; kept because the documented player has it.
  enableWorker: true,
  lowLatencyMode: true,
  /** Seconds kept behind the playing position. The library's default is without end, and so is its memory. */
  backBufferLength: 30,
  /** Seconds loaded ahead, and never more than. */
  maxBufferLength: 10,
  maxMaxBufferLength: 20,
  /** Target durations behind the live edge, and how many more before jumping forward. */
  liveSyncDurationCount: 2,
  liveMaxLatencyDurationCount: 4,
  liveDurationInfinity: true,
  /** Seconds between two looks for a stall. */
  highBufferWatchdogPeriod: 1,
} as const satisfies Partial<HlsConfig>;

/**
 * What the player starts from, and where it departs from the documented settings. It is then brought nearer to now by a
 * speed of its own (pace.ts) and by playlists that are read when they are due (edge.ts); README.md has the figures.
 */
export const LIVE = {
  // Documented, and without effect here: enableWorker (hls.js from npm has none) and highBufferWatchdogPeriod (a stall
  // is seen by its event first).
  lowLatencyMode: true,
  /** Nobody rewinds a live camera, and this is what memory goes into. */
  backBufferLength: 10,
  maxBufferLength: 10,
  maxMaxBufferLength: 20,
  /** One target duration is the nearest to now at which a whole segment is always there. */
  liveSyncDurationCount: 1,
  liveMaxLatencyDurationCount: 4,
  liveDurationInfinity: true,
} as const satisfies Partial<HlsConfig>;

const PRESETS: Record<Preset, Partial<HlsConfig>> = { live: LIVE, documented: DOCUMENTED };

type ShouldRetry = NonNullable<RetryConfig["shouldRetry"]>;

/**
 * Ask for ever, at a bounded rate. hls.js takes any 4xx and any refused connection for final and is dead for good three
 * seconds later; a store that deletes, restarts or answers 400 for "not there yet" is a matter of waiting.
 */
const patient = (firstMs: number, ceilingMs: number, shouldRetry: ShouldRetry): RetryConfig => ({
  maxNumRetry: Number.POSITIVE_INFINITY,
  retryDelayMs: firstMs,
  maxRetryDelayMs: ceilingMs,
  backoff: "exponential",
  shouldRetry,
});

const always = () => true;

/** A 4xx segment has left the store: hls.js then plays on behind it. Anything else is worth another try. */
const unlessGone: ShouldRetry = (_retry, _count, _isTimeout, response) => {
  const code = response?.code ?? 0;
  return code < 400 || code >= 500;
};

const timeouts = { maxTimeToFirstByteMs: 5000, maxLoadTimeMs: 15_000 };

/** An overwritten object can be missing for some 10 ms in a self-hosted store, hence the quick first retry. */
const playlistPolicy: LoaderConfig = {
  ...timeouts,
  timeoutRetry: patient(250, 1000, always),
  errorRetry: patient(250, 1000, always),
};

const segmentPolicy: LoaderConfig = {
  ...timeouts,
  timeoutRetry: patient(400, 2000, always),
  errorRetry: patient(400, 2000, unlessGone),
};

/** hls.js retries the first reading inside its loader, unseen. Here it fails at once and the player starts over. */
const firstReadingPolicy: LoaderConfig = { ...timeouts, timeoutRetry: null, errorRetry: null };

/** What a caller may ask for. */
export interface Wishes {
  readonly preset?: Preset | undefined;
  /** Seconds from the camera to the screen, where the network allows it. Default: as few as it allows. */
  readonly targetLatency?: number | undefined;
  /** hls.js settings, laid over all others. */
  readonly hlsConfig?: Partial<HlsConfig> | undefined;
}

/** Seconds beyond its distance at which a player jumps forward. */
const JUMP = 6;

/** The configuration of a player: the preset, the patience it lacks, and the caller's own settings last. */
export function liveConfig({
  preset = "live",
  targetLatency,
  hlsConfig = {},
}: Wishes = {}): Partial<HlsConfig> {
  const base = {
    ...PRESETS[preset],
    manifestLoadPolicy: { default: firstReadingPolicy },
    playlistLoadPolicy: { default: playlistPolicy },
    fragLoadPolicy: { default: segmentPolicy },
  };
  if (targetLatency === undefined) return overlaid(base, hlsConfig);
  const distance = { liveSyncDuration: targetLatency, liveMaxLatencyDuration: targetLatency + JUMP };
  return overlaid(overlaid(base, distance), hlsConfig);
}

/** hls.js throws when a distance is given in seconds beside the other in target durations: the later unit wins. */
function overlaid(base: Partial<HlsConfig>, over: Partial<HlsConfig>): Partial<HlsConfig> {
  const inSeconds = over.liveSyncDuration !== undefined || over.liveMaxLatencyDuration !== undefined;
  const inCounts = over.liveSyncDurationCount !== undefined || over.liveMaxLatencyDurationCount !== undefined;
  if (inSeconds)
    return { ...base, liveSyncDurationCount: undefined, liveMaxLatencyDurationCount: undefined, ...over };
  if (inCounts) return { ...base, liveSyncDuration: undefined, liveMaxLatencyDuration: undefined, ...over };
  return { ...base, ...over };
}

/** How to play: hls.js's configuration, and what is ours to do. */
export interface Settings {
  readonly hls: Partial<HlsConfig>;
  /** We decide when to ask and how fast to play; otherwise hls.js does. */
  readonly paced: boolean;
  /** Seconds from the camera to the screen; null: as few as possible. */
  readonly targetLatency: number | null;
}

/** What hls.js is not told by somebody who leaves the pace to us. */
const PACE: readonly (keyof HlsConfig)[] = [
  "pLoader",
  "maxLiveSyncPlaybackRate",
  "liveSyncDuration",
  "liveSyncDurationCount",
  "liveMaxLatencyDuration",
  "liveMaxLatencyDurationCount",
];

export function settingsFor(wishes: Wishes = {}): Settings {
  const { preset = "live", targetLatency = null, hlsConfig = {} } = wishes;
  const paced = preset === "live" && !PACE.some((key) => hlsConfig[key] !== undefined);
  return { hls: liveConfig(wishes), paced, targetLatency };
}

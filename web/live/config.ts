import type { HlsConfig, LoaderConfig, RetryConfig } from "hls.js";

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

/** The configuration of a player: the documented settings, the patience they lack, and `overrides` last. */
export function liveConfig(overrides: Partial<HlsConfig> = {}): Partial<HlsConfig> {
  return {
    ...DOCUMENTED,
    manifestLoadPolicy: { default: firstReadingPolicy },
    playlistLoadPolicy: { default: playlistPolicy },
    fragLoadPolicy: { default: segmentPolicy },
    ...withoutMixing(overrides),
  };
}

/** hls.js throws when a distance is given in seconds beside the other in target durations: the caller's unit wins. */
function withoutMixing(overrides: Partial<HlsConfig>): Partial<HlsConfig> {
  if (overrides.liveSyncDuration === undefined && overrides.liveMaxLatencyDuration === undefined)
    return overrides;
  return { liveSyncDurationCount: undefined, liveMaxLatencyDurationCount: undefined, ...overrides };
}

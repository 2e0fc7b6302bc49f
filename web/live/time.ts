/** Seconds on a clock that nobody sets. */
export function now(): number {
  return performance.now() / 1000;
}

/** Resolves after so many seconds, or at once when `signal` aborts. */
export function pause(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, signal.aborted ? 0 : seconds * 1000);
    signal.addEventListener("abort", end);
  });
}

/**
 * What `run` comes to with a signal that aborts after so many seconds, or with `life`.
 *
 * AbortSignal.any is younger than the browsers that play here.
 */
export async function within<T>(
  seconds: number,
  life: AbortSignal,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const end = () => {
    limit.abort();
  };
  const timer = setTimeout(end, seconds * 1000);
  life.addEventListener("abort", end);
  if (life.aborted) end();
  try {
    return await run(limit.signal);
  } finally {
    clearTimeout(timer);
    life.removeEventListener("abort", end);
  }
}

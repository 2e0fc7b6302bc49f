/** Seconds on a clock that nobody sets. */
export function now(): number {
  return performance.now() / 1000;
}

/** Resolves after so many seconds, or at once when `signal` aborts. */
export function pause(seconds: number, signal: AbortSignal): Promise<void> {
  return within(seconds, signal, aborted);
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

/** Resolves when `signal` aborts, or has. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => {
      resolve();
    });
  });
}

import { useEffect, useState } from "react";
import { jsonOf, readFresh } from "../live/fresh";
import { pause } from "../live/time";

/** What is known of something that the worker is asked for again and again. */
export interface Polled<T> {
  /** The newest answer; null until there is one. */
  readonly value: T | null;
  /** When it came, Unix seconds. */
  readonly at: number;
  /** The worker answered the last time. */
  readonly reachable: boolean;
  /** It answered that there is no such thing. */
  readonly missing: boolean;
  /** It wants to know first who asks. */
  readonly refused: boolean;
}

const ASKING = { value: null, at: 0, reachable: true, missing: false, refused: false };
/** Seconds between two questions. */
const INTERVAL = 3;

/** Ask the worker for `path` every few seconds while mounted; null asks nothing. `parse` must be stable; null from it is no answer. */
export function usePolled<T>(path: string | null, parse: (json: unknown) => T | null): Polled<T> {
  const [polled, setPolled] = useState<Polled<T>>(ASKING);
  useEffect(() => {
    if (path === null) return undefined;
    const life = new AbortController();
    const run = async () => {
      while (!life.signal.aborted) {
        const reading = await readFresh(path, life.signal);
        const value = reading?.status === 200 ? parse(jsonOf(reading)) : null;
        const missing = reading?.status === 404;
        const refused = reading?.status === 401;
        const at = Date.now() / 1000;
        setPolled((last) => ({
          ...(value === null ? { value: last.value, at: last.at } : { value, at }),
          reachable: value !== null || missing,
          missing,
          refused,
        }));
        await pause(INTERVAL, life.signal);
      }
    };
    void run();
    return () => {
      life.abort();
      setPolled(ASKING);
    };
  }, [path, parse]);
  return polled;
}

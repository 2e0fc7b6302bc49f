import { useEffect, useState } from "react";
import { jsonOf, pause, readFresh } from "../live/fresh";

/** What is known of something that the worker is asked for again and again. */
export interface Polled<T> {
  /** The newest answer; null until there is one. */
  readonly value: T | null;
  /** The worker answered the last time. */
  readonly reachable: boolean;
  /** It answered that there is no such thing. */
  readonly missing: boolean;
}

const ASKING = { value: null, reachable: true, missing: false };
/** Seconds between two questions. */
const INTERVAL = 3;

/** Ask the worker for `path` every few seconds while mounted. `parse` must be stable; null from it is no answer. */
export function usePolled<T>(path: string, parse: (json: unknown) => T | null): Polled<T> {
  const [polled, setPolled] = useState<Polled<T>>(ASKING);
  useEffect(() => {
    const life = new AbortController();
    const run = async () => {
      while (!life.signal.aborted) {
        const reading = await readFresh(path, life.signal);
        const value = reading?.status === 200 ? parse(jsonOf(reading)) : null;
        const missing = reading?.status === 404;
        setPolled((last) => ({ value: value ?? last.value, reachable: value !== null || missing, missing }));
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

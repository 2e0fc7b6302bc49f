import { useEffect, useRef, useState } from "react";
import { Access, type Credentials } from "../live/access";
import { withNonce } from "../live/fresh";
import { letGo, readSnapshot, type Snapshot } from "../live/snapshot";
import { pause } from "../live/time";

/** Seconds between two pictures, and after one that could not be had. */
const EVERY = 10;
const AFTER_FAILURE = 60;

/**
 * The newest snapshot of the camera `src`, again and again while `isWanted`; null until there is one.
 *
 * It is at `snapshot`, an address on this page's server or a whole one; where that has none, beside the playlist.
 */
export function useSnapshot(
  src: string,
  snapshot: string | undefined,
  credentials: Credentials,
  isWanted: boolean,
): Snapshot | null {
  const [shown, setShown] = useState<Snapshot | null>(null);
  const latest = useRef(credentials);
  useEffect(() => {
    latest.current = credentials;
  });
  useEffect(() => {
    if (!isWanted) return undefined;
    const life = new AbortController();
    const beside = new URL("snapshot.jpg", new URL(src, document.baseURI)).href;
    const urls = snapshot === undefined ? [beside] : [new URL(snapshot, document.baseURI).href, beside];
    const access = new Access(src, () => latest.current);
    let last: Snapshot | null = null;
    const run = async () => {
      while (!life.signal.aborted) {
        const next = document.hidden ? null : await readFirst(urls, access, life.signal);
        if (next !== null) {
          setShown(next);
          letGo(last);
          last = next;
        }
        await pause(next === null && !document.hidden ? AFTER_FAILURE : EVERY, life.signal);
      }
      setShown(null);
      letGo(last);
    };
    void run();
    return () => {
      life.abort();
    };
  }, [src, snapshot, isWanted]);
  return isWanted ? shown : null;
}

async function readFirst(
  urls: readonly string[],
  access: Access,
  life: AbortSignal,
): Promise<Snapshot | null> {
  for (const url of urls) {
    const snapshot = await readSnapshot(withNonce(url), access, life);
    if (snapshot !== null || life.aborted) return snapshot;
  }
  return null;
}

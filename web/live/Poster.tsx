import { useEffect, useRef, useState, type RefObject } from "react";
import { Access, type Credentials } from "./access";
import { withNonce } from "./fresh";

/** Seconds without a picture after which the store is asked for one: most cameras are quicker. */
const SNAPSHOT_AFTER = 1.5;

interface PosterProps {
  readonly video: RefObject<HTMLVideoElement | null>;
  readonly src: string;
  /** Default: the snapshot beside the playlist, should the video take its time. */
  readonly poster: string | undefined;
  readonly credentials: Credentials;
}

/**
 * A picture to look at until the video has one of its own. Its `key` has to be its `src`.
 *
 * Not the <video>'s own poster: a private bucket wants a header, which neither a poster nor an <img> sends.
 */
export function Poster({ video, src, poster, credentials }: PosterProps) {
  const isOpen = !credentials.authorization && !credentials.headers;
  const [picture, setPicture] = useState(isOpen ? poster : undefined);
  const [isNeeded, setNeeded] = useState(true);
  const latest = useRef(credentials);
  useEffect(() => {
    latest.current = credentials;
  });
  useEffect(() => {
    const element = video.current;
    if (!isNeeded || element === null) return undefined;
    const life = new AbortController();
    const onPicture = () => {
      setNeeded(false);
    };
    element.addEventListener("loadeddata", onPicture, { signal: life.signal });
    let address: string | null = null;
    const get = async () => {
      const url = poster ?? withNonce(new URL("snapshot.jpg", new URL(src, document.baseURI)).href);
      address = await addressOf(url, new Access(src, () => latest.current), life.signal);
      if (life.signal.aborted) release(address);
      else if (address !== null) setPicture(address);
    };
    const timer = setTimeout(() => void get(), poster === undefined ? SNAPSHOT_AFTER * 1000 : 0);
    return () => {
      clearTimeout(timer);
      life.abort();
      release(address);
    };
  }, [video, src, poster, isNeeded]);
  // Without alternative text a picture that cannot be had is nothing, and not a broken frame.
  return isNeeded && picture !== undefined ? (
    <img src={picture} alt="" className="hls-player-picture" />
  ) : null;
}

/** What an <img> can show: `url` itself, or a copy where reading it takes a header; null when it cannot be had. */
async function addressOf(url: string, access: Access, signal: AbortSignal): Promise<string | null> {
  if (!access.opens(url)) return url;
  try {
    const response = await fetch(url, { headers: await access.headersFor(url), signal });
    return response.ok ? URL.createObjectURL(await response.blob()) : null;
  } catch {
    return null;
  }
}

function release(address: string | null): void {
  if (address?.startsWith("blob:")) URL.revokeObjectURL(address);
}

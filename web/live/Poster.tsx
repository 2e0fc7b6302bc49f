import { useEffect, useRef, useState, type RefObject } from "react";
import { Access, type Credentials } from "./access";
import { withNonce } from "./fresh";
import { within } from "./time";

interface PosterProps {
  readonly video: RefObject<HTMLVideoElement | null>;
  readonly src: string;
  /** Default: the snapshot beside the playlist, once the video is known to be missing. */
  readonly poster: string | undefined;
  /** There is no live picture, and none is about to come. */
  readonly isMissing: boolean;
  readonly credentials: Credentials;
}

/** Seconds within which it has to come. */
const TIMEOUT = 10;

/**
 * A picture to look at until the video has one of its own. Its `key` has to be its `src`.
 *
 * Not the <video>'s own poster: a private bucket wants a header, which neither a poster nor an <img> sends.
 */
export function Poster({ video, src, poster, isMissing, credentials }: PosterProps) {
  const isOpen = !credentials.authorization && !credentials.headers;
  const [picture, setPicture] = useState(isOpen ? poster : undefined);
  const [isNeeded, setNeeded] = useState(true);
  const latest = useRef(credentials);
  useEffect(() => {
    latest.current = credentials;
  });
  const isWanted = isNeeded && (poster !== undefined || isMissing);
  useEffect(() => {
    const onPicture = () => {
      setNeeded(false);
    };
    const element = video.current;
    element?.addEventListener("loadeddata", onPicture);
    return () => {
      element?.removeEventListener("loadeddata", onPicture);
    };
  }, [video]);
  useEffect(() => {
    if (!isWanted) return undefined;
    const life = new AbortController();
    let address: string | null = null;
    const get = async () => {
      const url = poster ?? withNonce(new URL("snapshot.jpg", new URL(src, document.baseURI)).href);
      address = await addressOf(url, new Access(src, () => latest.current), life.signal);
      if (life.signal.aborted) release(address);
      else if (address !== null) setPicture(address);
    };
    void get();
    return () => {
      life.abort();
      release(address);
    };
  }, [src, poster, isWanted]);
  return isNeeded && picture !== undefined ? (
    <img
      src={picture}
      alt=""
      className="hls-player-picture"
      onError={() => {
        setPicture(undefined);
      }}
    />
  ) : null;
}

/** What an <img> can show: `url` itself, or a copy where reading it takes a header; null when it cannot be had. */
async function addressOf(url: string, access: Access, signal: AbortSignal): Promise<string | null> {
  if (!access.opens(url)) return url;
  const get = async (limit: AbortSignal): Promise<string | null> => {
    const response = await fetch(url, { headers: await access.headersFor(url), signal: limit });
    return response.ok ? URL.createObjectURL(await response.blob()) : null;
  };
  return within(TIMEOUT, signal, get).catch(() => null);
}

function release(address: string | null): void {
  if (address?.startsWith("blob:")) URL.revokeObjectURL(address);
}

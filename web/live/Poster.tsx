import { useEffect, useRef, useState, type RefObject } from "react";
import { Access, type Credentials } from "./access";
import { withNonce } from "./fresh";
import { letGo, readSnapshot, type Snapshot } from "./snapshot";

interface PosterProps {
  readonly video: RefObject<HTMLVideoElement | null>;
  readonly src: string;
  /** Default: the snapshot beside the playlist, once the video is known to be missing. */
  readonly poster: string | undefined;
  /** There is no live picture, and none is about to come. */
  readonly isMissing: boolean;
  readonly credentials: Credentials;
}

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
    let copy: Snapshot | null = null;
    const get = async () => {
      const url = poster ?? withNonce(new URL("snapshot.jpg", new URL(src, document.baseURI)).href);
      const access = new Access(src, () => latest.current);
      // An <img> can show it as it is, unless reading it takes a header.
      const isOpen = !access.opens(url);
      copy = await (isOpen ? null : readSnapshot(url, access, life.signal));
      if (life.signal.aborted) letGo(copy);
      else if (isOpen || copy !== null) setPicture(copy?.address ?? url);
    };
    void get();
    return () => {
      life.abort();
      letGo(copy);
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

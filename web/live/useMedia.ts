import { useEffect, useState, type RefObject } from "react";
import { canFillScreen } from "./screen";

/** What the buttons have to know of the video. */
export interface Media {
  readonly muted: boolean;
  readonly fullScreen: boolean;
  readonly pictureInPicture: boolean;
  /** What this browser can do; false until it is known. */
  readonly canFillScreen: boolean;
  readonly canPictureInPicture: boolean;
}

const NOTHING_KNOWN: Media = {
  muted: true,
  fullScreen: false,
  pictureInPicture: false,
  canFillScreen: false,
  canPictureInPicture: false,
};

const OF_THE_VIDEO = ["volumechange", "enterpictureinpicture", "leavepictureinpicture", "loadedmetadata"];

/** The state of a video element that its own events tell, for as long as the component is mounted. */
export function useMedia(ref: RefObject<HTMLVideoElement | null>): Media {
  const [media, setMedia] = useState(NOTHING_KNOWN);
  useEffect(() => {
    const video = ref.current;
    if (video === null) return undefined;
    const life = new AbortController();
    const read = () => {
      setMedia(mediaOf(video));
    };
    for (const event of OF_THE_VIDEO) video.addEventListener(event, read, { signal: life.signal });
    document.addEventListener("fullscreenchange", read, { signal: life.signal });
    read();
    return () => {
      life.abort();
    };
  }, [ref]);
  return media;
}

function mediaOf(video: HTMLVideoElement): Media {
  return {
    muted: video.muted,
    fullScreen: document.fullscreenElement?.contains(video) ?? false,
    pictureInPicture: document.pictureInPictureElement === video,
    canFillScreen: canFillScreen(video),
    canPictureInPicture: document.pictureInPictureEnabled && !video.disablePictureInPicture,
  };
}

/**
 * What a viewer can do with a video on this screen, where each browser has its own way.
 */

/** Older iPhones: full screen is for the video alone. */
interface PhoneVideo extends HTMLVideoElement {
  webkitEnterFullscreen?: () => void;
}

/** `frame` is what fills the screen, so that the player's own words and buttons stay on it. */
export function toggleFullScreen(frame: HTMLElement | null, video: HTMLVideoElement | null): void {
  if (document.fullscreenElement) void document.exitFullscreen().catch(refused);
  else if (document.fullscreenEnabled) void frame?.requestFullscreen().catch(refused);
  else onPhone(video)?.webkitEnterFullscreen?.();
}

export function canFillScreen(video: HTMLVideoElement | null): boolean {
  return document.fullscreenEnabled || (video !== null && "webkitEnterFullscreen" in video);
}

const onPhone = (video: PhoneVideo | null): PhoneVideo | null => video;

export function togglePictureInPicture(video: HTMLVideoElement | null): void {
  if (document.pictureInPictureElement) void document.exitPictureInPicture().catch(refused);
  else void video?.requestPictureInPicture().catch(refused);
}

/** Without a picture, or without a click before it, the browser says no; the viewer sees that nothing happens. */
const refused = (): void => undefined;

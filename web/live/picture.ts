/**
 * The picture in a video element: whether it moves, and what it is like.
 */
import { bufferAhead, latencyOf, type Sample } from "./latency";

export class Picture {
  private position = 0;

  constructor(private readonly video: HTMLVideoElement) {}

  /** Played on since the last call, that is: hls.js also jumps over holes and after the live edge, and a jump shows nothing. */
  hasMoved(): boolean {
    const { currentTime, paused, seeking, readyState } = this.video;
    const moved = currentTime !== this.position;
    this.position = currentTime;
    return moved && !paused && !seeking && readyState >= HTMLMediaElement.HAVE_FUTURE_DATA;
  }

  /** One look at it. `publishLag` is the box's, seconds. */
  sample(publishLag: number | null): Sample {
    const { video } = this;
    return {
      latency: latencyOf(video.hls, new Date(), publishLag),
      buffer: bufferAhead(video.buffered, video.currentTime),
      width: video.videoWidth,
      height: video.videoHeight,
      dropped: video.getVideoPlaybackQuality().droppedVideoFrames,
    };
  }
}

/** Copy the picture on show onto a canvas behind the video: it is seen there while the video has none. */
export function keepPicture(video: HTMLVideoElement | null, canvas: HTMLCanvasElement | null): void {
  if (!video || !canvas || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d")?.drawImage(video, 0, 0);
}

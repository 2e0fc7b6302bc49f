/** What is seen of a video: the clock in every picture, and how the playing goes. */
import { CENTRES, PICTURE, readClock } from "../browser/clock";

export interface Sight {
  /** For each picture shown: Unix time when, and the time in it, both in seconds; null when it cannot be read. */
  readonly pictures: [number, number | null][];
  /** How often the video ran dry since it began to play. */
  readonly stalls: number;
  readonly rate: number;
  /** Seconds of video loaded ahead. */
  readonly buffer: number;
}

const ROW = CENTRES[0]?.y ?? 0;

export class Observer {
  private pictures: [number, number | null][] = [];
  private stalls = 0;
  private hasPlayed = false;
  private readonly strip: OffscreenCanvasRenderingContext2D;

  constructor(private readonly video: HTMLVideoElement) {
    const strip = new OffscreenCanvas(PICTURE.width, 1).getContext("2d", { willReadFrequently: true });
    if (!strip) throw new Error("There is nothing to draw on.");
    this.strip = strip;
    video.addEventListener("playing", () => (this.hasPlayed = true));
    video.addEventListener("waiting", () => (this.stalls += this.hasPlayed ? 1 : 0));
    video.requestVideoFrameCallback(this.onPicture);
  }

  /** What was seen since the last call. */
  take(): Sight {
    const { pictures, stalls, video } = this;
    this.pictures = [];
    this.stalls = 0;
    const end = video.buffered.length > 0 ? video.buffered.end(video.buffered.length - 1) : video.currentTime;
    return { pictures, stalls, rate: video.playbackRate, buffer: end - video.currentTime };
  }

  private readonly onPicture = (_now: number, { expectedDisplayTime }: VideoFrameCallbackMetadata): void => {
    const shownAt = (performance.timeOrigin + expectedDisplayTime) / 1000;
    this.strip.drawImage(this.video, 0, ROW, PICTURE.width, 1, 0, 0, PICTURE.width, 1);
    const { data } = this.strip.getImageData(0, 0, PICTURE.width, 1);
    const lumas = CENTRES.map(({ x }) => data[4 * x + 1] ?? 0);
    const time = readClock(lumas, 0);
    this.pictures.push([shownAt, time === null ? null : time / 1000]);
    this.video.requestVideoFrameCallback(this.onPicture);
  };
}

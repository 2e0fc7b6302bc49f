/** What is seen of a video: the clock in every picture, and how the playing goes. */
import { CENTRES, PICTURE, readClock } from "../browser/clock";

export interface Sight {
  /** For each picture shown: Unix time when, and the time in it, both in seconds; null when it cannot be read. */
  readonly pictures: [number, number | null][];
  /** For each piece of media: its name, when it was asked for, when it was there. Unix time, seconds. */
  readonly arrivals: [string, number, number][];
  /** When the video stood, and for how long: Unix time and seconds. */
  readonly dry: [number, number][];
  /** How often the video ran dry since it began to play. */
  readonly stalls: number;
  readonly rate: number;
  /** Seconds of video loaded ahead. */
  readonly buffer: number;
}

const ROW = CENTRES[0]?.y ?? 0;

export class Observer {
  private pictures: [number, number | null][] = [];
  private arrivals: [string, number, number][] = [];
  private dry: [number, number][] = [];
  private dryAt: number | null = null;
  private stalls = 0;
  private hasPlayed = false;
  private readonly strip: OffscreenCanvasRenderingContext2D;

  constructor(private readonly video: HTMLVideoElement) {
    const strip = new OffscreenCanvas(PICTURE.width, 1).getContext("2d", { willReadFrequently: true });
    if (!strip) throw new Error("There is nothing to draw on.");
    this.strip = strip;
    video.addEventListener("playing", this.onPlaying);
    video.addEventListener("waiting", this.onWaiting);
    new PerformanceObserver((list) => {
      list.getEntriesByType("resource").forEach(this.onArrival);
    }).observe({ type: "resource" });
    video.requestVideoFrameCallback(this.onPicture);
  }

  /** What was seen since the last call. */
  take(): Sight {
    const { pictures, arrivals, dry, stalls, video } = this;
    this.pictures = [];
    this.arrivals = [];
    this.dry = [];
    performance.clearResourceTimings();
    this.stalls = 0;
    const end = video.buffered.length > 0 ? video.buffered.end(video.buffered.length - 1) : video.currentTime;
    return { pictures, arrivals, dry, stalls, rate: video.playbackRate, buffer: end - video.currentTime };
  }

  private readonly onPlaying = (): void => {
    this.hasPlayed = true;
    if (this.dryAt !== null) this.dry.push([this.dryAt, unix() - this.dryAt]);
    this.dryAt = null;
  };

  private readonly onWaiting = (): void => {
    if (!this.hasPlayed) return;
    this.stalls += 1;
    this.dryAt ??= unix();
  };

  private readonly onArrival = ({ name, startTime, duration }: PerformanceEntry): void => {
    const file = new URL(name).pathname.split("/").at(-1) ?? "";
    const asked = (performance.timeOrigin + startTime) / 1000;
    if (file.endsWith(".ts")) this.arrivals.push([file, asked, asked + duration / 1000]);
  };

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

function unix(): number {
  return (performance.timeOrigin + performance.now()) / 1000;
}

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Pacer } from "../live/pacer";

/** A video element into which a test loads seconds, and which plays by the (faked) clock. */
class FakeVideo {
  readonly element = document.createElement("video");
  private end = 0;
  private position = 0;
  private at = performance.now() / 1000;
  paused = false;

  constructor() {
    const own = (name: string, get: () => unknown, set?: (value: never) => void) =>
      Object.defineProperty(this.element, name, { get, set: set ?? (() => undefined) });
    own("paused", () => this.paused);
    own("seeking", () => false);
    own("buffered", () => ({ length: this.end > 0 ? 1 : 0, start: () => 0, end: () => this.end }));
    own(
      "currentTime",
      () => this.play(),
      (value: number) => {
        this.position = value;
        this.at = performance.now() / 1000;
      },
    );
  }

  load(seconds: number): void {
    this.end += seconds;
  }

  /** Plays until now; where it is then. */
  play(): number {
    const now = performance.now() / 1000;
    this.position = Math.min(this.position + (now - this.at) * this.element.playbackRate, this.end);
    this.at = now;
    return this.position;
  }
}

let video: FakeVideo;
let pacer: Pacer;
beforeEach(() => {
  vi.useFakeTimers();
  video = new FakeVideo();
  pacer = new Pacer(video.element, () => Number.POSITIVE_INFINITY, "rate");
});
afterEach(() => {
  pacer.close();
  vi.useRealTimers();
});

const fire = (type: string) => video.element.dispatchEvent(new Event(type));

/** A second of video comes every second; `late` seconds of it are at hand when the picture begins to move. */
function live(seconds: number, late: number): void {
  video.load(late);
  pacer.appended();
  fire("playing");
  for (let second = 0; second < seconds; second += 1) {
    for (let tick = 0; tick < 10; tick += 1) {
      vi.advanceTimersByTime(100);
      video.play();
    }
    video.load(1);
    pacer.appended();
  }
}

describe("the pacer", () => {
  it("brings a picture that is late nearer to now, and then lets it be", () => {
    live(40, 2.4);
    const end = video.element.buffered.end(0);
    expect(end - video.element.currentTime).toBeLessThan(1.35);
    expect(video.element.playbackRate).toBe(1);
  });

  it("leaves the speed alone while the picture is paused, and begins anew after it", () => {
    live(5, 1.8);
    expect(video.element.playbackRate).toBeGreaterThan(1);
    video.paused = true;
    fire("pause");
    expect(video.element.playbackRate).toBe(1);
    vi.advanceTimersByTime(5000);
    expect(video.element.playbackRate).toBe(1);
  });

  it("gives the speed back when it ends, and never touches it again", () => {
    live(5, 1.8);
    expect(video.element.playbackRate).toBeGreaterThan(1);
    pacer.close();
    expect(video.element.playbackRate).toBe(1);
    live(10, 2.4);
    expect(video.element.playbackRate).toBe(1);
  });
});

/**
 * Playing where the browser has HLS of its own and no Media Source Extensions (iPhones before iOS 17.1).
 *
 * Such a browser says nothing about the playlist and is dead for good after one that fails, so the playlist is read
 * beside it: to know whether the stream advances, and not to set the source before there is something to play.
 */
import { failureOf } from "./failure";
import { readFresh } from "./fresh";
import { parsePlaylist } from "./playlist";
import type { Playback, PlaybackEvents } from "./playback";
import { pause } from "./time";

const MIME = "application/vnd.apple.mpegurl";
/** Seconds before the playlist is asked again after it could not be read. */
const RETRY = 2;

export const playsNatively = (video: HTMLVideoElement): boolean => video.canPlayType(MIME) !== "";

export class NativePlayback implements Playback {
  private readonly life = new AbortController();
  private started = false;
  /** Such a browser does not say. */
  readonly lag = null;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly src: string,
    private readonly events: PlaybackEvents,
  ) {
    video.addEventListener("error", this.onVideoError, { signal: this.life.signal });
    void this.watch();
  }

  hear(): void {
    // Nothing can be told to such a browser.
  }

  rebuild(): void {
    this.events.onTeardown();
    this.unload();
    this.events.onRebuilt();
  }

  destroy(): void {
    this.life.abort();
    this.unload();
  }

  private readonly onVideoError = (): void => {
    const { error } = this.video;
    // Taking the source away is an "error" too, without a code.
    if (!this.started || error === null) return;
    this.events.onError({ details: "native", fatal: true, status: null, message: error.message });
    this.rebuild();
  };

  private unload(): void {
    this.started = false;
    this.video.removeAttribute("src");
    this.video.load();
  }

  private async watch(): Promise<void> {
    const { signal } = this.life;
    while (!signal.aborted) {
      await pause(await this.read(signal), signal);
    }
  }

  /** Read the playlist once; seconds until the next reading. */
  private async read(signal: AbortSignal): Promise<number> {
    const reading = await readFresh(this.src, signal);
    const playlist = reading?.status === 200 ? parsePlaylist(reading.text) : null;
    if (signal.aborted) return RETRY;
    if (playlist === null) {
      this.events.onFailure(failureOf(reading?.status ?? 0, reading?.text));
      return RETRY;
    }
    this.events.onPlaylist(playlist);
    if (!this.started) {
      this.started = true;
      // It does not say; a mute button too many does less harm than one too few.
      this.events.onSound();
      this.video.src = this.src;
    }
    return Math.max(playlist.targetDuration, 1);
  }
}

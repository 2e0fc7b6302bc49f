import type { Failure } from "./failure";
import type { Playlist } from "./evidence";

/** What happened to a playback, for `onError`. Most of these heal by themselves; none needs a reload of the page. */
export interface LiveError {
  /** hls.js's `details`; "native" where the browser plays by itself; "authorization" when no token was to be had, "loadHls" when hls.js was not. */
  readonly details: string;
  /** The player had to start over. */
  readonly fatal: boolean;
  /** HTTP status where there was an answer. */
  readonly status: number | null;
  readonly message: string;
}

/** What a playback tells whoever started it. */
export interface PlaybackEvents {
  onPlaylist(playlist: Playlist): void;
  /** The playlist could not be read. */
  onFailure(failure: Failure): void;
  /** There is sound in the stream. */
  onSound(): void;
  onError(error: LiveError): void;
  /** About to be torn down. */
  onTeardown(): void;
  /** Set up again after a teardown. */
  onRebuilt(): void;
}

/** Something that plays a playlist in a video element until it is destroyed. */
export interface Playback {
  /** Seconds the picture is further from now than it should be; null where that is not known. */
  readonly lag: number | null;
  /** From now on the box itself tells there what it stores; null: nowhere. */
  hear(url: string | null): void;
  /** Tear down, set up again. */
  rebuild(): void;
  destroy(): void;
}

/**
 * The live edge of one stream: asks for what is newest at the moment when it is due.
 *
 * `next` is a blocking playlist reload, done by the client: it resolves when there is something new. Whole segments:
 * when the store has a newer playlist. Parts: also when the next part is there, which is asked for by its name; its
 * bytes are kept for the player. Nothing is asked for while nobody waits, and never two things at a time.
 */
import { pause, withNonce } from "./fresh";
import { beyond, joint, listingOf, successor, shown, type Listing, type Part } from "./parts";
import { found, missed, overdue, unknown, type Rhythm } from "./rhythm";

/** What came of a request. `data` is what was asked for; null: `code` says why not (0: no answer). */
export interface Answer<Data> {
  readonly data: Data | null;
  readonly code: number;
}

/** How to ask; rejects when `signal` aborts. */
export interface Asking<Failure> {
  text(url: string, signal: AbortSignal): Promise<Answer<string> & Failure>;
  bytes(url: string, signal: AbortSignal): Promise<Answer<ArrayBuffer> & Failure>;
}

/** Between two questions for a playlist, and for a part; seconds. */
const STEP = { playlist: 0.1, part: 0.06 };
/** A refused question is asked again so soon, and so often before that is news; seconds. */
const RETRY = { after: 0.12, times: 3 };
/** A part overdue by so much is not coming under this name: the playlist knows more. Seconds. */
const LOST_AFTER = 0.7;
/** With parts the playlist is read only so often, for what cannot be guessed: dates, durations, what is gone. Seconds. */
const REFRESH = 10;
/** Bodies kept until the player asks for them. */
const MOST_HELD = 8;

/** A playlist for the player, and what was asked for last; or only the latter. */
export type News<Failure> = { readonly text: string } | { readonly failed: Answer<unknown> & Failure };

export class LiveEdge<Failure> {
  private text: string | null = null;
  private listing: Listing | null = null;
  private playlistRhythm: Rhythm | null = null;
  private partRhythm: Rhythm | null = null;
  private parts: Part[] = [];
  private readAt = Number.NEGATIVE_INFINITY;
  /** The newest that the player was told of. */
  private handed: string | null = null;
  /** In a row. */
  private failures = 0;
  /** The first segment that the player was told of. */
  private from = 0;
  private readonly held = new Map<string, ArrayBuffer>();

  constructor(private readonly url: string) {}

  /** Whether this is where the playlist is; a player that believes in blocking adds what it waits for. */
  isAt(url: string): boolean {
    return url === this.url || url.startsWith(`${this.url}${this.url.includes("?") ? "&" : "?"}_HLS_`);
  }

  /** The bytes of a part that were fetched already; they are given once. */
  take(url: string): ArrayBuffer | null {
    const bytes = this.held.get(url) ?? null;
    this.held.delete(url);
    return bytes;
  }

  /** Something newer than last time, or what is in the way of it. Rejects when `signal` aborts. */
  async next(ask: Asking<Failure>, signal: AbortSignal): Promise<News<Failure>> {
    for (;;) {
      const part = this.expectedPart();
      const failed =
        part === null ? await this.readPlaylist(ask, signal) : await this.tryPart(part, ask, signal);
      signal.throwIfAborted();
      this.failures = failed === null ? 0 : this.failures + 1;
      if (failed !== null && (this.failures >= RETRY.times || this.handed === null)) return { failed };
      if (failed !== null) await pause(RETRY.after, signal);
      const newest = this.newest;
      if (newest === this.handed || this.text === null) continue;
      this.handed = newest;
      return { text: shown(this.text, this.parts, this.from) };
    }
  }

  /** The address of the part to ask for; null when the playlist is to be read instead. */
  private expectedPart(): string | null {
    if (this.listing?.partDuration == null || this.partRhythm === null) return null;
    if (now() - this.readAt > REFRESH && this.partRhythm.misses === 0) return null;
    const name = successor((this.parts.at(-1) ?? this.listing.newest).uri);
    return name === null ? null : new URL(name, this.url).href;
  }

  private async tryPart(url: string, ask: Asking<Failure>, signal: AbortSignal): Promise<null> {
    const { partRhythm: rhythm, listing } = this;
    if (rhythm === null || listing === null) return null;
    await pause(rhythm.next - now(), signal);
    signal.throwIfAborted();
    const askedAt = now();
    const { data } = await ask.bytes(withNonce(url), signal);
    if (data === null) {
      if (overdue(rhythm, askedAt) > LOST_AFTER) this.lose(askedAt, listing);
      else this.partRhythm = missed(rhythm, askedAt);
      return null;
    }
    this.hold(url, data);
    const { duration } = listing.newest;
    this.parts.push({ uri: new URL(url).pathname.split("/").at(-1) ?? "", duration });
    this.partRhythm = found(rhythm, askedAt, duration);
    return null;
  }

  private async readPlaylist(
    ask: Asking<Failure>,
    signal: AbortSignal,
  ): Promise<(Answer<string> & Failure) | null> {
    const rhythm = this.playlistRhythm;
    // While parts come by their names, the playlist is read in between and not when it is due.
    if (rhythm !== null && this.partRhythm === null) await pause(rhythm.next - now(), signal);
    signal.throwIfAborted();
    const askedAt = now();
    const answer = await ask.text(withNonce(this.url), signal);
    if (answer.data === null) return answer;
    this.readAt = askedAt;
    this.learn(answer.data, askedAt);
    return null;
  }

  private learn(text: string, askedAt: number): void {
    const listing = listingOf(text);
    const period = listing?.period ?? 1;
    const rhythm = this.playlistRhythm;
    if (text === this.text && rhythm !== null) {
      this.playlistRhythm = missed(rhythm, askedAt);
      return;
    }
    this.playlistRhythm =
      rhythm === null
        ? unknown(askedAt, period, Math.max(STEP.playlist, period / 10))
        : found({ ...rhythm, step: STEP.playlist }, askedAt, period);
    if (this.text === null && listing !== null)
      this.from = listing.partDuration === null ? 0 : joint(text, listing);
    this.text = text;
    this.listing = listing;
    if (listing?.partDuration == null) return;
    this.parts = beyond(this.parts, listing.newest.uri);
    this.partRhythm ??= unknown(askedAt, listing.partDuration, STEP.part);
  }

  /** The next part does not come under the name it should have. The playlist says how it goes on, at any moment. */
  private lose(at: number, { period }: Listing): void {
    this.partRhythm = null;
    this.playlistRhythm = unknown(at, period, STEP.playlist);
  }

  /** What tells one playlist from the next: a player that is handed the same one again falls back to its own timing. */
  private get newest(): string | null {
    return (this.parts.at(-1) ?? this.listing?.newest)?.uri ?? this.text;
  }

  private hold(url: string, bytes: ArrayBuffer): void {
    this.held.set(url, bytes);
    const [oldest] = this.held.keys();
    if (this.held.size > MOST_HELD && oldest !== undefined) this.held.delete(oldest);
  }
}

/** Seconds on a clock that nobody sets. */
function now(): number {
  return performance.now() / 1000;
}

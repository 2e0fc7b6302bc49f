/**
 * The live edge of one stream: asks for what is newest at the moment when it is due.
 *
 * `next` is a blocking playlist reload, done by the client: it resolves when there is something new. Whole segments:
 * when the store has a newer playlist. Parts: also when the next part is there, which is asked for by its name; its
 * bytes are kept for the player. Nothing is asked for while nobody waits, and never two things at a time.
 *
 * What it is told of meanwhile it does not ask for: only when the next thing is overdue by a moment, or nothing is told any
 * more, it asks again as before.
 */
import { withNonce } from "./fresh";
import { HeldParts } from "./held";
import { beyond, joint, listingOf, reaches, successor, shown, type Listing, type Part } from "./parts";
import type { Listener } from "./push";
import { arrived, found, hastened, missed, overdue, trusting, unknown, wary, type Rhythm } from "./rhythm";
import { now, pause } from "./time";

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
/** What is usually told of first, and was not, is asked for so long after it was due; seconds. */
const GRACE = { playlist: 0.2, part: 0.1 };
/** A refused question is asked again so soon, and so often before that is news; seconds. */
const RETRY = { after: 0.12, times: 3 };
/** A part overdue by so much is not coming under this name: the playlist knows more. Seconds. */
const LOST_AFTER = 0.7;
/** With parts the playlist is read only so often, for what cannot be guessed: dates, durations, what is gone. Seconds. */
const REFRESH = 10;

/** A playlist for the player, and what was asked for last; or only the latter. */
export type News<Failure> = { readonly text: string } | { readonly failed: Answer<unknown> & Failure };

export class LiveEdge<Failure> implements Listener {
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
  private readonly held = new HeldParts();
  private toldAt = Number.NEGATIVE_INFINITY;
  /** The newest part that was told of. */
  private announced = { uri: "", at: Number.NEGATIVE_INFINITY };
  private rouse: () => void = () => undefined;

  constructor(private readonly url: string) {}

  /** Whether this is where the playlist is; a player that believes in blocking adds what it waits for. */
  isAt(url: string): boolean {
    return url === this.url || url.startsWith(`${this.url}${this.url.includes("?") ? "&" : "?"}_HLS_`);
  }

  /** The bytes of a part that were fetched already; they are given once. */
  take(url: string): ArrayBuffer | null {
    return this.held.take(url);
  }

  /** Something newer than last time, or what is in the way of it. Rejects when `signal` aborts. */
  async next(ask: Asking<Failure>, signal: AbortSignal): Promise<News<Failure>> {
    for (;;) {
      if (this.text !== null && this.isNews) {
        this.handed = this.newest;
        return { text: shown(this.text, this.parts, this.from) };
      }
      const part = this.expectedPart();
      const failed =
        part === null ? await this.readPlaylist(ask, signal) : await this.tryPart(part, ask, signal);
      signal.throwIfAborted();
      this.failures = failed === null ? 0 : this.failures + 1;
      if (failed !== null && (this.failures >= RETRY.times || this.handed === null)) return { failed };
      if (failed !== null) await pause(RETRY.after, signal);
    }
  }

  /** A part is so long, seconds, and not as usual: what follows it is later or earlier, and so are its dates. */
  measured(uri: string, duration: number): void {
    this.parts = this.parts.map((part) => (part.uri === uri ? { uri, duration } : part));
  }

  onPlaylist(text: string): void {
    const listing = listingOf(text);
    // Numbers never go back, but for a store that lost everything: then it is asked.
    if (listing === null || (this.listing !== null && listing.last < this.listing.last)) return;
    this.readAt = this.toldAt = now();
    this.learn(text, this.toldAt, true);
    this.rouse();
  }

  onPart(uri: string): void {
    this.announced = { uri, at: now() };
    if (this.partRhythm !== null && uri === this.parts.at(-1)?.uri)
      this.partRhythm = trusting(this.partRhythm, now(), GRACE.part);
    this.hasten();
    this.rouse();
  }

  onSilence(): void {
    this.announced = { uri: "", at: Number.NEGATIVE_INFINITY };
    this.playlistRhythm &&= wary(this.playlistRhythm);
    this.partRhythm &&= wary(this.partRhythm);
    this.rouse();
  }

  /** The address of the part to ask for; null when the playlist is to be read instead. */
  private expectedPart(): string | null {
    if (!this.asksForParts || (now() - this.readAt > REFRESH && this.partRhythm?.misses === 0)) return null;
    return this.nextName;
  }

  /** There are parts, and their names can be told. */
  private get asksForParts(): boolean {
    return this.listing?.partDuration != null && this.partRhythm !== null && this.nextName !== null;
  }

  private get nextName(): string | null {
    const newest = (this.parts.at(-1) ?? this.listing?.newest)?.uri;
    return newest === undefined ? null : successor(newest);
  }

  private async tryPart(uri: string, ask: Asking<Failure>, signal: AbortSignal): Promise<null> {
    const isNext = () => this.nextName === uri && !this.isNews;
    await this.untilDue(() => (isNext() ? this.partRhythm : null), signal);
    const { listing } = this;
    if (listing === null || !isNext()) return null;
    const askedAt = now();
    const url = new URL(uri, this.url).href;
    const { data } = await ask.bytes(withNonce(url), signal);
    if (data !== null) this.held.keep(url, data);
    // Told of a playlist meanwhile that knows it, or more.
    if (this.partRhythm === null || this.nextName !== uri) return null;
    if (data !== null) this.gain({ uri, duration: listing.newest.duration }, this.partRhythm, askedAt);
    else if (overdue(this.partRhythm, askedAt) > LOST_AFTER) this.lose(askedAt, listing);
    else this.partRhythm = missed(this.partRhythm, askedAt);
    if (this.announced.at > askedAt) this.hasten();
    return null;
  }

  private gain(part: Part, rhythm: Rhythm, askedAt: number): void {
    this.parts.push(part);
    this.partRhythm = reaches(this.announced.uri, part.uri)
      ? arrived(rhythm, askedAt, part.duration, GRACE.part)
      : found(rhythm, askedAt, part.duration);
    this.hasten();
  }

  /** The next part is asked for at once if it was told of. */
  private hasten(): void {
    const { nextName, announced, partRhythm } = this;
    if (partRhythm !== null && nextName !== null && reaches(announced.uri, nextName))
      this.partRhythm = hastened(partRhythm, now());
  }

  /** Until what has this rhythm is to be asked for; it may be another one in a moment, or none any more. */
  private async untilDue(rhythm: () => Rhythm | null, signal: AbortSignal): Promise<void> {
    for (let at = rhythm()?.next; at !== undefined && at > now(); at = rhythm()?.next) {
      const wait = new AbortController();
      this.rouse = () => {
        wait.abort();
      };
      signal.addEventListener("abort", this.rouse);
      await pause(at - now(), wait.signal);
      signal.removeEventListener("abort", this.rouse);
      signal.throwIfAborted();
    }
    signal.throwIfAborted();
  }

  private async readPlaylist(
    ask: Asking<Failure>,
    signal: AbortSignal,
  ): Promise<(Answer<string> & Failure) | null> {
    // While parts come by their names, the playlist is read in between and not when it is due.
    const isWaiting = () => !this.asksForParts && !this.isNews;
    await this.untilDue(() => (isWaiting() ? this.playlistRhythm : null), signal);
    if (this.isNews) return null;
    const askedAt = now();
    const answer = await ask.text(withNonce(this.url), signal);
    if (answer.data === null) return answer;
    // Told of another one meanwhile: this one may be older.
    if (this.toldAt > askedAt) return null;
    this.readAt = askedAt;
    this.learn(answer.data, askedAt);
    return null;
  }

  /** This text is in the store, or was when it was asked for at `at`. */
  private learn(text: string, at: number, isTold = false): void {
    const listing = listingOf(text);
    const period = listing?.period ?? 1;
    const rhythm = this.playlistRhythm;
    if (text === this.text && rhythm !== null) {
      this.playlistRhythm = isTold ? trusting(rhythm, at, GRACE.playlist) : missed(rhythm, at);
      return;
    }
    if (rhythm === null) this.playlistRhythm = unknown(at, period, Math.max(STEP.playlist, period / 10));
    else if (isTold)
      this.playlistRhythm = arrived({ ...rhythm, step: STEP.playlist }, at, period, GRACE.playlist);
    else this.playlistRhythm = found({ ...rhythm, step: STEP.playlist }, at, period);
    if (this.text === null && listing !== null)
      this.from = listing.partDuration === null ? 0 : joint(text, listing);
    const { newest: known } = this;
    this.text = text;
    this.listing = listing;
    if (listing?.partDuration == null) return;
    this.parts = beyond(this.parts, listing.newest.uri);
    this.partRhythm ??= unknown(at, listing.partDuration, STEP.part);
    // It knows more parts than were found.
    if (isTold && known !== null && this.newest !== known)
      this.partRhythm = arrived(this.partRhythm, at, listing.partDuration, GRACE.part);
  }

  /** The next part does not come under the name it should have. The playlist says how it goes on, at any moment. */
  private lose(at: number, { period }: Listing): void {
    this.partRhythm = null;
    this.playlistRhythm = unknown(at, period, STEP.playlist);
  }

  /** The player was not told yet. */
  private get isNews(): boolean {
    return this.text !== null && this.newest !== this.handed;
  }

  /** What tells one playlist from the next: a player that is handed the same one again falls back to its own timing. */
  private get newest(): string | null {
    return (this.parts.at(-1) ?? this.listing?.newest)?.uri ?? this.text;
  }
}

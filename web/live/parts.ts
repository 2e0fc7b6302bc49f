/**
 * Playlists whose parts are objects of their own, under names that can be told beforehand. Pure.
 *
 * In `realtime` every part is a segment as well; the box lists them once a keyframe interval. A player that knows the
 * name of the next one asks for it, and lists by itself what it has found.
 */

/** A part that was found before it was listed. */
export interface Part {
  readonly uri: string;
  /** Seconds. */
  readonly duration: number;
}

/** A live playlist, as far as its newest end is concerned. */
export interface Listing {
  /** Number of the first segment and of the newest. */
  readonly first: number;
  readonly last: number;
  readonly newest: Part;
  /** Seconds from one playlist to the next. */
  readonly period: number;
  /** Seconds of a part; null: this playlist has whole segments. */
  readonly partDuration: number | null;
}

/** What the text lists; null when it is no media playlist, or one with nothing in it. */
export function listingOf(text: string): Listing | null {
  const segments = [...text.matchAll(/^#EXTINF:([\d.]+)[^\n]*\n(?:#[^\n]*\n)*([^#\s][^\n]*)$/gm)];
  const newest = segments.at(-1);
  if (newest === undefined) return null;
  const first = Number(/^#EXT-X-MEDIA-SEQUENCE:(\d+)/m.exec(text)?.[1] ?? 0);
  const target = /^#EXT-X-PART-INF:.*PART-TARGET=([\d.]+)/m.exec(text)?.[1];
  const duration = Number(newest[1]);
  // With parts, a playlist is written once a keyframe interval, which is the target duration.
  const interval = Number(/^#EXT-X-TARGETDURATION:(\d+)/m.exec(text)?.[1] ?? duration);
  return {
    first,
    last: first + segments.length - 1,
    newest: { uri: (newest[2] ?? "").trim(), duration },
    period: target === undefined ? duration : interval,
    partDuration: target === undefined ? null : Number(target),
  };
}

/** The parts of a name: what is before its number, the number, what is after it. */
const NAME = /^(.*(?:segment|p)_)(\d{6,})(_[0-9a-f]+\.ts)$/;

/** The name after this one: `p_000123_5a1f00c3.ts` is followed by `p_000124_5a1f00c3.ts`. */
export function successor(uri: string): string | null {
  const match = NAME.exec(uri);
  if (match === null) return null;
  const [, before = "", serial = "", after = ""] = match;
  return `${before}${String(Number(serial) + 1).padStart(serial.length, "0")}${after}`;
}

/** Is `uri` the part `other`, or one after it? */
export function reaches(uri: string, other: string): boolean {
  const [a, b] = [NAME.exec(uri), NAME.exec(other)];
  return a !== null && b !== null && a[1] === b[1] && a[3] === b[3] && Number(a[2]) >= Number(b[2]);
}

/** Parts found that the text does not list yet: those that follow its newest, one after the other. */
export function beyond(found: readonly Part[], newest: string): Part[] {
  const at = found.findIndex(({ uri }) => uri === newest);
  if (at >= 0) return found.slice(at + 1);
  const following = successor(newest);
  const start = found.findIndex(({ uri }) => uri === following);
  return start >= 0 ? found.slice(start) : [];
}

/** About parts and where to begin: the player is shown plain segments, from a keyframe on. About a server's abilities: */
const ABOUT_PARTS = /^#EXT-X-(PART|PART-INF|PRELOAD-HINT|SERVER-CONTROL|START)[:\s].*\n/gm;
/** The next reading waits for something new, as with a server that can do this (RFC 8216bis 6.2.5.2). */
const BLOCKS = "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES\n";

/** The playlist for the player: from segment number `from` on, with the parts found at its end. */
export function shown(text: string, found: readonly Part[], from: number): string {
  const plain = trimmed(text.replace(ABOUT_PARTS, ""), from).replace(
    /^(#EXT-X-TARGETDURATION:.*\n)/m,
    `$1${BLOCKS}`,
  );
  return plain + found.map(({ uri, duration }) => `#EXTINF:${duration.toFixed(5)},\n${uri}\n`).join("");
}

/** The number of the newest segment that a decoder can begin at; the first one when the text does not say. */
export function joint(text: string, listing: Listing): number {
  const start = /^#EXT-X-PART:.*INDEPENDENT=YES.*$/gm;
  const uri = text
    .match(start)
    ?.at(-1)
    ?.match(/URI="([^"]*)"/)?.[1];
  const uris = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const index = uris.findIndex((line) => line.trim() === uri);
  return index < 0 ? listing.first : listing.first + index;
}

/** Without the segments before number `from`, and with the numbers that are right then (RFC 8216 section 6.2.2). */
function trimmed(text: string, from: number): string {
  const lines = text.trimEnd().split("\n");
  const isUri = (line: string) => line !== "" && !line.startsWith("#");
  const first = Number(/^#EXT-X-MEDIA-SEQUENCE:(\d+)/m.exec(text)?.[1] ?? 0);
  const start = lines.findIndex((line) => /^#EXTINF|^#EXT-X-(PROGRAM-DATE-TIME|DISCONTINUITY$)/.test(line));
  let left = Math.max(0, from - first);
  if (left === 0 || start < 0) return `${lines.join("\n")}\n`;
  const removed: string[] = [];
  const kept = lines.slice(start).filter((line) => {
    if (left === 0) return true;
    removed.push(line);
    if (isUri(line)) left -= 1;
    return false;
  });
  const discontinuities = removed.filter((line) => line.trim() === "#EXT-X-DISCONTINUITY").length;
  const head = lines
    .slice(0, start)
    .map((line) => line.replace(/^(#EXT-X-MEDIA-SEQUENCE:)\d+/, `$1${from}`))
    .map((line) =>
      line.replace(/^(#EXT-X-DISCONTINUITY-SEQUENCE:)(\d+)/, (_, tag: string, number: string) => {
        return `${tag}${Number(number) + discontinuities}`;
      }),
    );
  return `${[...head, ...kept].join("\n")}\n`;
}

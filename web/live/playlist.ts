import type { Playlist } from "./evidence";

/**
 * The facts of a media playlist (RFC 8216), for browsers that play HLS themselves and tell nobody about it.
 * Null when the text is not a media playlist with at least one segment. Pure.
 */
export function parsePlaylist(text: string): Playlist | null {
  const targetDuration = Number(tag(text, "TARGETDURATION"));
  const durations = [...text.matchAll(/^#EXTINF:([\d.]+)/gm)].map((match) => Number(match[1]));
  if (!text.startsWith("#EXTM3U") || !(targetDuration > 0) || durations.length === 0) return null;
  const first = Number(tag(text, "MEDIA-SEQUENCE") ?? 0);
  return { mediaSequence: first + durations.length - 1, targetDuration, newestAt: newestAt(text) };
}

/** The last EXT-X-PROGRAM-DATE-TIME plus all that follows it, seconds since 1970. */
function newestAt(text: string): number | null {
  const at = text.lastIndexOf("#EXT-X-PROGRAM-DATE-TIME:");
  if (at < 0) return null;
  const rest = text.slice(at);
  const start = Date.parse(tag(rest, "PROGRAM-DATE-TIME") ?? "") / 1000;
  const durations = [...rest.matchAll(/^#EXTINF:([\d.]+)/gm)].map((match) => Number(match[1]));
  const end = durations.reduce((sum, duration) => sum + duration, start);
  return Number.isFinite(end) ? end : null;
}

function tag(text: string, name: string): string | undefined {
  return new RegExp(`^#EXT-X-${name}:(.*)$`, "m").exec(text)?.[1]?.trim();
}

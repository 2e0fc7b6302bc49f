/**
 * The Media Initialization Section that hls.js makes of a stream (RFC 8216 section 3.3). Pure.
 *
 * hls.js writes the length of the playlist into it as that of the movie, and a browser then takes the stream for a
 * recording: Chromium decodes in several threads, each of which keeps a picture back, and plays on after a pause only
 * once four pictures are decoded. A movie without a length (as CMAF has it, ISO/IEC 23000-19) is live: pictures come out
 * of the decoder as they go in, and the first one is shown.
 */

/** `mvhd` */
const NAME = [0x6d, 0x76, 0x68, 0x64];
/** Bytes from the name of a movie header to its length, and of that length, by the header's version. */
const LENGTH = [
  { at: 20, size: 4 },
  { at: 28, size: 8 },
];

/** Takes the length out of the movie, in place; whether there was a movie header to do so. */
export function makeLive(section: Uint8Array): boolean {
  const at = headerOf(section);
  const field = LENGTH[section[at + 4] ?? LENGTH.length];
  if (at < 0 || field === undefined || at + field.at + field.size > section.length) return false;
  section.fill(0, at + field.at, at + field.at + field.size);
  return true;
}

/** Where the name of the movie header is; -1: nowhere. */
function headerOf(section: Uint8Array): number {
  return section.findIndex((_, at) => NAME.every((code, i) => section[at + i] === code));
}

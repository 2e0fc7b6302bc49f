/** Movies of ISO/IEC 14496-12, as far as their headers. */

const TIMESCALE = 90_000;
/** Ten seconds. */
export const LENGTH = 10 * TIMESCALE;

/** A box of ISO/IEC 14496-12. */
function box(name: string, ...contents: readonly (readonly number[])[]): number[] {
  const content = contents.flat();
  return [...number(8 + content.length, 4), ...new TextEncoder().encode(name), ...content];
}

function number(value: number, size: number): number[] {
  return Array.from({ length: size }, (_, i) => Math.floor(value / 256 ** (size - 1 - i)) % 256);
}

/** A movie header up to its rate: version, flags, two times, time scale, length (section 8.2.2.2). */
export function header(version: 0 | 1, length: number): number[] {
  const size = version === 0 ? 4 : 8;
  const rate = number(0x00_01_00_00, 4);
  return box("mvhd", [
    ...[version, 0, 0, 0, ...number(2, size), ...number(3, size)],
    ...[...number(TIMESCALE, 4), ...number(length, size), ...rate],
  ]);
}

export function section(movieHeader: number[]): Uint8Array {
  return Uint8Array.from([
    ...box("ftyp", [...new TextEncoder().encode("isomavc1")]),
    ...box("moov", movieHeader, box("trak", number(LENGTH, 8))),
  ]);
}

/**
 * The clock for programs in the test picture: one row of cells at the bottom left.
 *
 * White, black, 32 bits of the Unix time in milliseconds (modulo 2**32, most significant first, white is 1), their even
 * parity, white. Pure.
 */

/** The picture, and where the centres of the cells are in it, in pixels. */
export const PICTURE = { width: 854, height: 480 } as const;
const CELL = 16;
const BITS = 32;
const CELLS = BITS + 4;
export const CENTRES: readonly { readonly x: number; readonly y: number }[] = Array.from(
  { length: CELLS },
  (_, cell) => ({
    x: CELL + cell * CELL + CELL / 2,
    y: PICTURE.height - 2 * CELL + CELL / 2,
  }),
);

const MODULUS = 2 ** BITS;

/**
 * The time a picture was taken, Unix milliseconds, from the lumas (0 to 255) at the cells' centres.
 * `near` is any time within three weeks of it. Null when this is no clock: guards or parity are wrong.
 */
export function readClock(lumas: readonly number[], near: number): number | null {
  const cells = lumas.map((luma) => (luma > 128 ? 1 : 0));
  const bits = cells.slice(2, 2 + BITS);
  const guarded = cells.length === CELLS && cells[0] === 1 && cells[1] === 0 && cells[CELLS - 1] === 1;
  const ones = bits.reduce<number>((sum, bit) => sum + bit, 0);
  if (!guarded || ones % 2 !== cells[2 + BITS]) return null;
  const value = bits.reduce<number>((sum, bit) => sum * 2 + bit, 0);
  return value + MODULUS * Math.round((near - value) / MODULUS);
}

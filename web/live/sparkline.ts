/** How many samples a line holds: two minutes at one a second. */
export const LENGTH = 120;

/** `samples` with one more, at most `LENGTH`. Pure. */
export function extended<T>(samples: readonly T[], sample: T): readonly T[] {
  return [...samples.slice(1 - LENGTH), sample];
}

/**
 * The points of an SVG polyline, the newest at the right edge; `null` leaves its place empty. Pure.
 *
 * `ceiling` is the value at the top of a field of `width` by `height`; what is higher is drawn there.
 */
export function points(
  values: readonly (number | null)[],
  ceiling: number,
  width: number,
  height: number,
): string {
  const step = width / (LENGTH - 1);
  const start = LENGTH - values.length;
  return values
    .map((value, index) =>
      value === null
        ? null
        : `${round((start + index) * step)},${round(height * (1 - Math.min(value / ceiling, 1)))}`,
    )
    .filter((point) => point !== null)
    .join(" ");
}

/** A round number of seconds that all of `values` fit under: the height of the drawing does not jump about. Pure. */
export function ceilingOf(values: readonly (number | null)[]): number {
  const highest = values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0);
  return [2, 5, 10, 20, 60].find((step) => highest <= step) ?? 120;
}

const round = (value: number): number => Math.round(value * 10) / 10;

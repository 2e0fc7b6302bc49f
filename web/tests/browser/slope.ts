/** A measurement: at this time (seconds), so much. */
export type Point = readonly [at: number, value: number];

/**
 * How much more it becomes in a second: the median of the slopes between all pairs (Theil-Sen). A few outliers do not
 * move it, and a step that comes back does not either. NaN with fewer than two points. Pure.
 */
export function slopeOf(points: readonly Point[]): number {
  const slopes = points.flatMap(([at, value], index) =>
    points.slice(index + 1).map(([later, then]) => (then - value) / (later - at)),
  );
  return median(slopes);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [below, above] = [sorted[Math.ceil(sorted.length / 2) - 1] ?? NaN, sorted[middle] ?? NaN];
  return (below + above) / 2;
}

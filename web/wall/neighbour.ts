/**
 * Where an arrow key leads on a wall of cameras. Pure.
 */
export function neighbour(here: number, key: string, count: number, columns: number): number | null {
  const steps: Readonly<Record<string, number>> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -columns,
    ArrowDown: columns,
  };
  const there = here + (steps[key] ?? 0);
  return here < 0 || there === here || there < 0 || there >= count ? null : there;
}

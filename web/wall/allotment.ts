/**
 * Which cameras of a wall play. Pure.
 */

export interface Candidate {
  readonly id: string;
  /** On the screen, or a moment ago. */
  readonly seen: boolean;
  /** There is something to play. */
  readonly alive: boolean;
  readonly playing: boolean;
  /** Playing, and has not shown a picture yet. */
  readonly opening: boolean;
}

/**
 * So many open at the same time: one after the other shows its first picture sooner than all at once, and HTTP/1.1 gives
 * a page six connections to a host, which the cameras that play already need too.
 */
export const OPENING_AT_ONCE = 2;

/** The ids of those that play from now on, `most` at most: who plays goes on, the last go first when they are too many. */
export function allot(
  candidates: readonly Candidate[],
  most: number,
  mayOpen = OPENING_AT_ONCE,
): ReadonlySet<string> {
  const wanted = candidates.filter(({ seen, alive }) => seen && alive);
  const kept = wanted.filter(({ playing }) => playing).slice(0, most);
  const opening = kept.filter((one) => one.opening).length;
  const room = Math.max(0, Math.min(most - kept.length, mayOpen - opening));
  const opened = wanted.filter(({ playing }) => !playing).slice(0, room);
  return new Set([...kept, ...opened].map(({ id }) => id));
}

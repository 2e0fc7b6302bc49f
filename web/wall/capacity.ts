/**
 * How many cameras of a wall play at once: fewer as soon as the browser cannot keep up, carefully more when it can
 * again. Pure.
 */

/** What was seen of the playing cameras since the look before. */
export interface Look {
  /** How many play. */
  readonly playing: number;
  /** Pictures shown, and pictures that came too late to be. */
  readonly shown: number;
  readonly dropped: number;
  /** Share of the time in which the page could not do anything else (tasks of more than 50 ms), 0 to 1. */
  readonly busy: number;
  /** How many of them had to wait for their next picture. */
  readonly stalled: number;
}

export interface Capacity {
  /** So many may play. */
  readonly most: number;
  /** Looks in a row that showed strain. */
  readonly strained: number;
  /** Since when there was none, seconds on a monotonic clock. */
  readonly calmSince: number;
  /** Seconds of calm before one more is tried. */
  readonly patience: number;
}

/** Seconds between two looks. */
export const LOOK_EVERY = 2;
/** Strain that lasts for one look is a hiccup. */
const STRAINED_LOOKS = 2;
/** More than this is seen as stutter: share of pictures dropped, of so many at least; share of time too busy. */
const DROPPED = 0.15;
const PICTURES = 10;
const BUSY = 0.6;
/**
 * One camera that stalls has its own trouble; this share of them, and two at least, share the viewer's. When all stall,
 * the store or the network is away, and fewer would not bring it back.
 */
const STALLED = 1 / 3;
/** Each failure makes the next try twice as late, seconds. */
const PATIENCE = { first: 10, most: 320 };

export function unlimited(now: number): Capacity {
  return { most: Number.POSITIVE_INFINITY, strained: 0, calmSince: now, patience: PATIENCE.first };
}

export function observeLook(capacity: Capacity, look: Look, now: number): Capacity {
  if (isStrained(look)) {
    const strained = capacity.strained + 1;
    return strained < STRAINED_LOOKS ? { ...capacity, strained, calmSince: now } : fewer(capacity, look, now);
  }
  const wantsMore = look.playing >= capacity.most && now - capacity.calmSince >= capacity.patience;
  return wantsMore
    ? { ...capacity, most: capacity.most + 1, strained: 0, calmSince: now }
    : { ...capacity, strained: 0 };
}

/** A quarter less. One always plays. */
function fewer({ most, patience }: Capacity, { playing }: Look, now: number): Capacity {
  return {
    most: Math.max(1, Math.min(most, playing) - Math.ceil(playing / 4)),
    strained: 0,
    calmSince: now,
    patience: Math.min(2 * patience, PATIENCE.most),
  };
}

function isStrained({ playing, shown, dropped, busy, stalled }: Look): boolean {
  const pictures = shown + dropped;
  const stutters = pictures >= PICTURES && dropped / pictures > DROPPED;
  const starves = stalled >= Math.max(2, playing * STALLED) && stalled < playing;
  return playing > 0 && (stutters || starves || busy > BUSY);
}

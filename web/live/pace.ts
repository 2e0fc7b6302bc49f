/**
 * How fast to play so that the picture is as near to now as this viewer's network allows. Pure; seconds, one clock.
 *
 * Let `lead` be the end of what is loaded minus the time, and `position` the playing position minus the time. Both
 * stand still while video comes and plays at its own speed. The lead sags until the next piece of video is appended: the
 * picture must never be ahead of the lowest sag. So the best position is the lowest sag of the last seconds minus a
 * margin, and below that by as much as something has come late: once in the last minute, or twice in the last twenty
 * minutes, so that a network which is unsteady now and then costs a stall in ten minutes and not more. No clock of the
 * camera's is needed.
 */
export interface Sag {
  readonly at: number;
  readonly lead: number;
}

/** Something came so much later than usual, seconds; `outdone`: how often something came later still since then. */
interface Dip {
  readonly at: number;
  readonly depth: number;
  readonly outdone: number;
}

export interface Pace {
  /** Each time video was appended: how low the lead had sunk. Oldest first. */
  readonly sags: readonly Sag[];
  /** What has come late, and was not outdone twice since then. Oldest first. */
  readonly dips: readonly Dip[];
  /** By how much the margin was widened after a stall, and when; it shrinks again. */
  readonly widened: number;
  readonly widenedAt: number;
  /** Corrections are under way. */
  readonly correcting: boolean;
  readonly jumpedAt: number;
}

/** What to do about it: play at this rate, after jumping forward by so much. */
export interface Step {
  readonly pace: Pace;
  readonly rate: number;
  readonly jump: number;
}

/** How video is corrected: by its speed, or (where that makes the browser load again) by jumps alone. */
export type Means = "rate" | "jump";

const RATE = { least: 0.9, most: 1.1, gain: 0.25 } as const;
/** Corrections begin and end at so much. */
const BAND = { begin: 0.05, end: 0.015 } as const;
/** What has come lately, and what may come again: seconds, and how many sags at least. */
const RECENT = { seconds: 5, count: 3 } as const;
const MEMORY = 60;
/** What came late is remembered for so long, seconds, for the case that it happens again: about one stall in ten minutes
 * is what it takes to learn of what is rarer. */
const LONG_MEMORY = 1200;
/** What comes late within so many seconds has one cause. */
const ONE_EVENT = 5;
/** Those before and after one, to which it is compared. */
const NEAR = 3;
/** Kept between the position and the worst that the memory has: more than a picture at 15 frames per second. */
const GUARD = 0.08;
/** What came later than everything else by more than this was an outage, and is no reason to stay behind; seconds. */
const UNSTEADY = { once: 1, twice: 2 } as const;
/** Wanted between the lowest sag and the position: so much, and a share of a piece of video; more after a stall. */
const MARGIN = { least: 0.1, share: 0.1, stall: 0.15, most: 2, shrink: 0.15 / 60 } as const;
/** So far behind, playing faster takes too long; without means to do so, less is too far already. */
const FAR = { rate: 3, jump: 1 } as const;
/** Somebody who has just begun to look is not disturbed by a jump. */
const SETTLING = 6;
const FAR_AT_FIRST = 0.6;
const JUMP_EVERY = 10;

export function still(now: number): Pace {
  return {
    sags: [],
    dips: [],
    widened: 0,
    widenedAt: now,
    correcting: false,
    jumpedAt: Number.NEGATIVE_INFINITY,
  };
}

/** Video was appended; before, what was loaded ended `end`. */
export function appended(pace: Pace, end: number, now: number): Pace {
  const sags = [...pace.sags.filter(({ at }) => now - at < MEMORY), { at: now, lead: end - now }];
  // Only those that follow show how late it was.
  const depth = dipAt(sags, sags.length - 1 - NEAR);
  return { ...pace, sags, dips: depth > 0 ? remembered(pace.dips, depth, now) : pace.dips };
}

/** The video ran dry. */
export function stalled(pace: Pace, now: number): Pace {
  const widened = Math.min(widening(pace, now) + MARGIN.stall, MARGIN.most);
  return { ...pace, widened, widenedAt: now };
}

/**
 * Seconds that the picture could be nearer to now; negative: it is too near. Null: not known yet. `end` is where what is
 * loaded ends: what is late already counts, too.
 */
export function excess(
  pace: Pace,
  position: number,
  now: number,
  end = Number.POSITIVE_INFINITY,
): number | null {
  const { sags } = pace;
  if (sags.length < RECENT.count) return null;
  const recent = sags.filter(
    ({ at }, index) => now - at < RECENT.seconds || index >= sags.length - RECENT.count,
  );
  const lowest = (some: readonly Sag[]) => Math.min(...some.map(({ lead }) => lead));
  const usual = Math.max(...recent.map(({ lead }) => lead));
  const best = Math.min(
    Math.min(lowest(recent), end - now) - margin(pace, now),
    usual - allowance(pace, now) - GUARD,
  );
  return best - (position - now);
}

/**
 * What to do now. `position` is the playing position; `since` when the picture began to move; `leeway` how much
 * nearer a caller wants it at most; `ahead` is loaded, and a jump must not leave it.
 */
export function step(
  pace: Pace,
  {
    position,
    ahead,
    since,
    leeway,
    means,
  }: { position: number; ahead: number; since: number; leeway: number; means: Means },
  now: number,
): Step {
  const possible = excess(pace, position, now, position + ahead);
  if (possible === null) return { pace, rate: 1, jump: 0 };
  const wanted = Math.min(possible, leeway);
  const far = now - since < SETTLING ? FAR_AT_FIRST : FAR[means];
  const jump = Math.min(wanted, ahead - MARGIN.least);
  if (jump > far && now - pace.jumpedAt > JUMP_EVERY)
    return { pace: { ...pace, correcting: false, jumpedAt: now }, rate: 1, jump };
  const correcting = Math.abs(wanted) > (pace.correcting ? BAND.end : BAND.begin);
  const rate = correcting && means === "rate" ? clamp(1 + wanted * RATE.gain, RATE.least, RATE.most) : 1;
  return { pace: { ...pace, correcting }, rate, jump: 0 };
}

/**
 * How much later than those before and after it a piece has come, at worst. Pieces that all come late one after the other,
 * at the beginning or after an outage, say nothing about the network: the viewer catches up.
 */
function dipAt(sags: readonly Sag[], i: number): number {
  const sag = sags[i];
  const highest = (from: number, to: number) =>
    Math.max(...sags.slice(Math.max(0, from), Math.max(0, to)).map(({ lead }) => lead));
  return sag === undefined ? 0 : Math.min(highest(i - NEAR, i), highest(i + 1, i + 1 + NEAR)) - sag.lead;
}

/** `dips` with one more. What was outdone twice will never again be the second worst. */
function remembered(dips: readonly Dip[], depth: number, now: number): Dip[] {
  const young = dips.filter(({ at }) => now - at < LONG_MEMORY);
  const isSame = ({ at }: Dip) => now - at < ONE_EVENT;
  if (young.some((dip) => isSame(dip) && dip.depth >= depth)) return young;
  const others = young
    .filter((dip) => !isSame(dip))
    .map((dip) => (dip.depth > depth ? dip : { ...dip, outdone: dip.outdone + 1 }))
    .filter(({ outdone }) => outdone < 2);
  return [...others, { at: now, depth, outdone: 0 }];
}

/** How much later than usual something may come again, seconds. */
function allowance({ sags, dips }: Pace, now: number): number {
  const within = (seconds: number) => dips.filter(({ at }) => now - at < seconds).map(({ depth }) => depth);
  const newest = sags.slice(-NEAR).map((_, i) => dipAt(sags, sags.length - NEAR + i));
  const worst = Math.max(0, ...newest, ...within(MEMORY));
  const [, second = 0] = within(LONG_MEMORY).sort((one, other) => other - one);
  return Math.max(Math.min(worst, UNSTEADY.once), Math.min(second, UNSTEADY.twice));
}

function margin(pace: Pace, now: number): number {
  const { sags } = pace;
  const piece = ((sags.at(-1)?.at ?? 0) - (sags[0]?.at ?? 0)) / Math.max(1, sags.length - 1);
  return MARGIN.least + MARGIN.share * piece + widening(pace, now);
}

function widening({ widened, widenedAt }: Pace, now: number): number {
  return Math.max(0, widened - (now - widenedAt) * MARGIN.shrink);
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value));
}

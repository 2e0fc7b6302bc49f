/**
 * How fast to play so that the picture is as near to now as this viewer's network allows. Pure; seconds, one clock.
 *
 * Let `lead` be the end of what is loaded minus the time, and `position` the playing position minus the time. Both
 * stand still while video comes and plays at its own speed. The lead sags until the next piece of video is appended: the
 * picture must never be ahead of the lowest sag. So the best position is the lowest sag of the last seconds minus a
 * margin, and below that by as much as something has come late in the last minute. No clock of the camera's is needed.
 */
export interface Sag {
  readonly at: number;
  readonly lead: number;
}

export interface Pace {
  /** Each time video was appended: how low the lead had sunk. Oldest first. */
  readonly sags: readonly Sag[];
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

const RATE = { least: 0.95, most: 1.1, gain: 0.25 } as const;
/** Corrections begin and end at so much. */
const BAND = { begin: 0.05, end: 0.015 } as const;
/** What has come lately, and what may come again: seconds, and how many sags at least. */
const RECENT = { seconds: 5, count: 3 } as const;
const MEMORY = 60;
/** Those before and after one, to which it is compared. */
const NEAR = 3;
/** Kept between the position and the worst that the memory has: more than a picture at 15 frames per second. */
const GUARD = 0.08;
/** What came later than everything else by more than this was an outage, and is no reason to stay behind. */
const UNSTEADY = 1;
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
    widened: 0,
    widenedAt: now,
    correcting: false,
    jumpedAt: Number.NEGATIVE_INFINITY,
  };
}

/** Video was appended; before, what was loaded ended `end`. */
export function appended(pace: Pace, end: number, now: number): Pace {
  const remembered = pace.sags.filter(({ at }) => now - at < MEMORY);
  return { ...pace, sags: [...remembered, { at: now, lead: end - now }] };
}

/** The video ran dry. */
export function stalled(pace: Pace, now: number): Pace {
  const widened = Math.min(widening(pace, now) + MARGIN.stall, MARGIN.most);
  return { ...pace, widened, widenedAt: now };
}

/** Seconds that the picture could be nearer to now; negative: it is too near. Null: not known yet. */
export function excess(pace: Pace, position: number, now: number): number | null {
  const { sags } = pace;
  if (sags.length < RECENT.count) return null;
  const recent = sags.filter(
    ({ at }, index) => now - at < RECENT.seconds || index >= sags.length - RECENT.count,
  );
  const lowest = (some: readonly Sag[]) => Math.min(...some.map(({ lead }) => lead));
  const usual = Math.max(...recent.map(({ lead }) => lead));
  const best = Math.min(
    lowest(recent) - margin(pace, now),
    usual - Math.min(worstDip(sags), UNSTEADY) - GUARD,
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
  const possible = excess(pace, position, now);
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
function worstDip(sags: readonly Sag[]): number {
  const highest = (from: number, to: number) =>
    Math.max(...sags.slice(Math.max(0, from), to).map(({ lead }) => lead));
  const dips = sags.map(({ lead }, i) => Math.min(highest(i - NEAR, i), highest(i + 1, i + 1 + NEAR)) - lead);
  return Math.max(0, ...dips);
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

/**
 * When to ask for what appears again and again: the next playlist, the next part.
 *
 * It is asked for when it is due, and again shortly after while it is not there. What came at the first try may have
 * been there for a while, so that the next time is a little earlier; like this the asking stays in phase with the box,
 * at little more than one request each time. Pure. Seconds on one monotonic clock; all are times at which a request
 * is sent.
 */
export interface Rhythm {
  /** From one appearance to the next. */
  readonly period: number;
  /** Between two questions for something that is due. */
  readonly step: number;
  /** When the next one is expected. */
  readonly due: number;
  /** When to ask. */
  readonly next: number;
  /** Questions in vain since the last one appeared. */
  readonly misses: number;
  /** How many in a row were there at the first try. */
  readonly firsts: number;
  /** Something was asked for too early once: until then there may be more that is there already. */
  readonly inPhase: boolean;
}

/** Who found it at the first try asks earlier the next time, by this share of a step; doubled each time it was so. */
const CREEP = 0.3;
/** But never earlier by more than this share of the period. */
const MOST = 0.25;
/** Overdue by this share of the period, it is probably not just late: questions become rarer, down to one a period. */
const LATE = 0.5;
const GROWTH = 1.5;

/** Nothing is known about the phase: it may appear at any moment. */
export function unknown(now: number, period: number, step: number): Rhythm {
  return { period, step, due: now + step, next: now + step, misses: 0, firsts: 0, inPhase: false };
}

/** It was there when it was asked for at `askedAt`; the next one follows after `period`. */
export function found(rhythm: Rhythm, askedAt: number, period: number): Rhythm {
  if (!rhythm.inPhase) return { ...rhythm, period, due: askedAt, next: askedAt };
  const firsts = rhythm.misses === 0 ? rhythm.firsts + 1 : 0;
  const lead =
    firsts === 0 ? rhythm.step / 2 : Math.min(rhythm.step * CREEP * 2 ** (firsts - 1), MOST * period);
  const due = askedAt + period - lead;
  return { period, step: rhythm.step, due, next: due, misses: 0, firsts, inPhase: true };
}

/** It was told of at `at`; should the next one not be told within `grace` after it is due, it is asked for. */
export function arrived(rhythm: Rhythm, at: number, period: number, grace: number): Rhythm {
  const due = at + period;
  return { period, step: rhythm.step, due, next: due + grace, misses: 0, firsts: 0, inPhase: true };
}

/** What it found by asking was told of as well: the next one will most likely be told of first. */
export function trusting(rhythm: Rhythm, at: number, grace: number): Rhythm {
  const due = rhythm.inPhase ? rhythm.due : at + rhythm.period;
  return { ...rhythm, due, next: Math.max(rhythm.next, due + grace) };
}

/** Nothing is told any more: it is asked for when it is due. */
export function wary(rhythm: Rhythm): Rhythm {
  return { ...rhythm, next: Math.min(rhythm.next, rhythm.due) };
}

/** It is there: ask now. */
export function hastened(rhythm: Rhythm, now: number): Rhythm {
  return { ...rhythm, next: Math.min(rhythm.next, now) };
}

/** It was not there yet. */
export function missed(rhythm: Rhythm, askedAt: number): Rhythm {
  const late = Math.max(0, overdue(rhythm, askedAt) - LATE * rhythm.period);
  const wait = Math.min(rhythm.step + late * (GROWTH - 1), Math.max(rhythm.period, rhythm.step));
  return { ...rhythm, next: askedAt + wait, misses: rhythm.misses + 1, inPhase: true };
}

/** Seconds since it was expected. */
export function overdue(rhythm: Rhythm, now: number): number {
  return now - rhythm.due;
}

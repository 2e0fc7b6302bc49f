import { describe, expect, it } from "vitest";
import { appended, stalled, step, still, type Means, type Pace } from "../live/pace";

/** A viewer for whom video arrives in pieces: every `piece` seconds, each up to `jitter` late. */
class Viewing {
  pace: Pace = still(0);
  rates: number[] = [];
  jumps: number[] = [];
  stalls = 0;
  delays: number[] = [];
  private now = 0;
  private end = 0;
  private seed = 7;
  private stalling = false;

  /** `position`: what is on the screen at first; the newest picture is the one of 0 s. */
  constructor(
    private position: number,
    private readonly piece: number,
    private readonly jitter: () => number = () => 0,
    private readonly means: Means = "rate",
    private readonly leeway: (delay: number) => number = () => Number.POSITIVE_INFINITY,
  ) {}

  /** Live for so many seconds. The newest picture was taken `now` seconds into the film. */
  go(seconds: number): this {
    const until = this.now + seconds;
    let due = this.end + this.piece + this.jitter();
    let rate = 1;
    for (; this.now < until; this.now += 0.05) {
      if (this.now >= due) {
        this.pace = appended(this.pace, this.end, this.now);
        this.end += this.piece;
        due = this.end + this.piece + this.jitter();
      }
      this.position = Math.min(this.position + 0.05 * rate, this.end);
      const dry = this.end - this.position < 0.01;
      if (dry && !this.stalling) {
        this.stalls += 1;
        this.pace = stalled(this.pace, this.now);
      }
      this.stalling = dry;
      if (Math.round(this.now * 20) % 4 === 0) rate = this.steer();
      this.delays.push(this.now - this.position);
    }
    return this;
  }

  private steer(): number {
    const { position, means, now } = this;
    const leeway = this.leeway(now - position);
    const sight = { position, ahead: this.end - position, since: 0, leeway, means };
    const { pace, rate, jump } = step(this.pace, sight, now);
    this.pace = pace;
    if (jump > 0) {
      this.position += jump;
      this.jumps.push(jump);
    }
    this.rates.push(rate);
    return rate;
  }

  random(most: number): number {
    this.seed = (this.seed * 16807) % 2147483647;
    return (this.seed / 2147483647) * most;
  }
}

const last = (viewing: Viewing) => viewing.delays.at(-1) ?? 0;

describe("the pace", () => {
  it.each([
    ["segments of 2 s", 2],
    ["segments of 1 s", 1],
    ["parts of a third of a second", 1 / 3],
  ])("brings the picture as near to now as %s allow, without running dry", (_name, piece) => {
    const viewing = new Viewing(-piece - 1, piece).go(60);
    expect(last(viewing)).toBeGreaterThan(piece + 0.15);
    expect(last(viewing)).toBeLessThan(piece + 0.35);
    expect(viewing.stalls).toBe(0);
  });

  it("never plays so fast or so slowly that it is heard or seen", () => {
    const viewing = new Viewing(-4, 2).go(60);
    expect(Math.max(...viewing.rates)).toBeLessThanOrEqual(1.1);
    expect(Math.min(...viewing.rates)).toBeGreaterThanOrEqual(0.95);
    expect(viewing.rates.slice(-50).every((rate) => rate === 1)).toBe(true);
  });

  it("jumps once when it is far behind, and then only glides", () => {
    const viewing = new Viewing(-12, 2);
    viewing.go(60);
    expect(viewing.jumps.length).toBe(1);
    expect(last(viewing)).toBeLessThan(2.4);
  });

  it("learns how unsteady the network is, stays out of its reach, and runs dry less than once a minute", () => {
    const viewing: Viewing = new Viewing(-3, 1, () => viewing.random(0.4));
    viewing.go(60);
    const before = viewing.stalls;
    viewing.go(300);
    expect(viewing.stalls - before).toBeLessThanOrEqual(2);
    expect(last(viewing)).toBeLessThan(1.9);
  });

  it("stays out of reach of what came late twice, however rare, and forgets it in the end", () => {
    let pieces = 0;
    let late = 0.6;
    // Every 80 s.
    const viewing = new Viewing(-2, 1 / 3, () => ((pieces += 1) % 240 === 0 ? late : 0)).go(300);
    const before = viewing.stalls;
    viewing.go(1200);
    expect(viewing.stalls - before).toBeLessThanOrEqual(2);
    expect(last(viewing)).toBeLessThan(1 / 3 + late + 0.4);
    late = 0;
    viewing.go(1300);
    expect(last(viewing)).toBeLessThan(1 / 3 + 0.35);
  });

  it("is not kept behind by a single outage", () => {
    let pieces = 0;
    const viewing = new Viewing(-2, 1 / 3, () => ((pieces += 1) === 300 ? 0.8 : 0)).go(300);
    expect(last(viewing)).toBeLessThan(1 / 3 + 0.4);
  });

  it("slows down while something is late, and not only when it has come", () => {
    const { pace } = new Viewing(-2, 1 / 3).go(60);
    const sight = { position: 59, since: 0, leeway: 9, means: "rate" } as const;
    const due = step(pace, { ...sight, ahead: 0.5 }, 60.4);
    const overdue = step(pace, { ...sight, position: 59.4, ahead: 0.1 }, 60.8);
    expect(overdue.rate).toBeLessThan(due.rate);
  });

  it("goes back when video begins to come later, and forward again when that is over", () => {
    let late = 0;
    const viewing = new Viewing(-2, 1, () => late).go(30);
    const near = last(viewing);
    late = 0.3;
    viewing.go(60);
    const far = last(viewing);
    late = 0;
    viewing.go(150);
    expect(far - near).toBeGreaterThan(0.2);
    expect(last(viewing) - near).toBeLessThan(0.2);
  });

  it("keeps the distance that somebody wants, when the network allows it", () => {
    const wanted = new Viewing(
      -2,
      1,
      () => 0,
      "rate",
      (delay) => delay - 4,
    ).go(120);
    expect(last(wanted)).toBeCloseTo(4, 1);
    const impossible = new Viewing(
      -2,
      1,
      () => 0,
      "rate",
      (delay) => delay - 0.3,
    ).go(60);
    expect(last(impossible)).toBeGreaterThan(1.1);
    expect(impossible.stalls).toBe(0);
  });

  it("leaves the speed alone where a change makes the browser load again", () => {
    const viewing = new Viewing(-5, 1, () => 0, "jump").go(60);
    expect(new Set(viewing.rates)).toEqual(new Set([1]));
    expect(viewing.jumps.length).toBeGreaterThan(0);
    expect(last(viewing)).toBeLessThan(2.3);
  });

  it("does nothing before it knows anything", () => {
    const { rate, jump } = step(still(0), { position: 0, ahead: 2, since: 0, leeway: 9, means: "rate" }, 1);
    expect([rate, jump]).toEqual([1, 0]);
  });
});

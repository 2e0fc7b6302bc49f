/**
 * Decides, as long as a wall is on the screen, which of its cameras play and which are stills.
 */
import { allot } from "./allotment";
import { LOOK_EVERY, observeLook, unlimited } from "./capacity";
import type { Phase } from "../live/machine";
import { now } from "../live/time";
import { Strain } from "./strain";

/** What plays, and whether more would if the browser could. */
export interface Allotment {
  readonly playing: ReadonlySet<string>;
  readonly limited: boolean;
}

/** A camera on the wall, as far as this goes. */
interface Place {
  readonly id: string;
  /** Its box says that there is nothing to play. */
  readonly away: boolean;
}

interface Tile {
  seen: boolean;
  /** When it was last on the screen, when it began to play, since when its player finds nothing to play; seconds. */
  seenAt: number;
  openedAt: number;
  goneSince: number | null;
  /** Not before this is it tried again, and so long after the next failure; seconds. */
  retryAt: number;
  patience: number;
  phase: Phase | null;
  video: HTMLVideoElement | null;
}

/** Seconds between two decisions. */
const STEP = 0.5;
/** A camera scrolled away, or covered by another, plays on for a moment: it may come back. */
const LINGER = 5;
/** A camera that has shown nothing after this does not keep the next from opening. */
const OPENING = 4;
/** A player that finds nothing for so long becomes a still, and is tried again after a while, then later and later. */
const GIVE_UP = 10;
const RETRY = { first: 30, most: 240 };
/** Phases in which there is nothing to play. */
export const GONE: ReadonlySet<Phase> = new Set(["offline", "not-uploading", "stopped", "not-configured"]);

export class Director {
  private readonly tiles = new Map<string, Tile>();
  private strain: Strain | null = null;
  private places: readonly Place[] = [];
  private max = 0;
  private playing: ReadonlySet<string> = new Set();
  private limited = false;
  private capacity = unlimited(now());
  private lookedAt = now();

  /** `onChange` is told what plays. */
  constructor(private readonly onChange: (allotment: Allotment) => void) {}

  /** Watch and decide until the function that this gives is called. */
  run(): () => void {
    const timer = setInterval(this.step, STEP * 1000);
    const strain = new Strain();
    this.strain = strain;
    this.lookedAt = now();
    return () => {
      clearInterval(timer);
      strain.close();
      this.strain = null;
    };
  }

  /** The cameras on the wall, in order, of which `max` may play at once. */
  show(places: readonly Place[], max: number): void {
    this.places = places;
    this.max = max;
    for (const id of this.tiles.keys()) if (!places.some((place) => place.id === id)) this.tiles.delete(id);
    this.decide();
  }

  /** A camera came onto the screen, or left it. */
  see(id: string, seen: boolean): void {
    const tile = this.tile(id);
    if (tile.seen && !seen) tile.seenAt = now();
    tile.seen = seen;
    this.decide();
  }

  /** What the player of a camera says, and its video; null when it has none any more. */
  hear(id: string, phase: Phase | null, video: HTMLVideoElement | null): void {
    const tile = this.tile(id);
    if (phase === "live") tile.patience = RETRY.first;
    if (phase === null || !GONE.has(phase)) tile.goneSince = null;
    else tile.goneSince ??= now();
    tile.phase = phase;
    tile.video = video;
    this.decide();
  }

  private tile(id: string): Tile {
    const known = this.tiles.get(id);
    if (known) return known;
    const tile: Tile = {
      seen: false,
      seenAt: Number.NEGATIVE_INFINITY,
      openedAt: Number.NEGATIVE_INFINITY,
      goneSince: null,
      retryAt: Number.NEGATIVE_INFINITY,
      patience: RETRY.first,
      phase: null,
      video: null,
    };
    this.tiles.set(id, tile);
    return tile;
  }

  private readonly step = (): void => {
    for (const tile of this.tiles.values()) this.giveUp(tile);
    const passed = now() - this.lookedAt;
    // A page in the background is slowed down by the browser; that says nothing about what it could play.
    if (document.hidden) this.lookedAt = now();
    else if (passed >= LOOK_EVERY) this.look(passed);
    this.decide();
  };

  private giveUp(tile: Tile): void {
    if (tile.goneSince === null || now() - tile.goneSince < GIVE_UP) return;
    tile.goneSince = null;
    tile.retryAt = now() + tile.patience;
    tile.patience = Math.min(2 * tile.patience, RETRY.most);
  }

  private look(passed: number): void {
    const players = this.places
      .filter(({ id }) => this.playing.has(id))
      .map(({ id }) => this.tile(id))
      .filter((tile) => !this.isOpening(tile));
    const look = this.strain?.since(players, passed);
    this.lookedAt = now();
    if (look) this.capacity = observeLook(this.capacity, look, now());
  }

  private isOpening({ phase, openedAt }: Tile): boolean {
    return phase !== "live" && now() - openedAt < OPENING;
  }

  private decide(): void {
    const candidates = this.places.map(({ id, away }) => {
      const tile = this.tile(id);
      const playing = this.playing.has(id);
      const seen = tile.seen || (playing && now() - tile.seenAt < LINGER);
      const alive = !away && now() >= tile.retryAt;
      return { id, seen, alive, playing, opening: playing && this.isOpening(tile) };
    });
    const most = Math.min(this.max, this.capacity.most);
    const next = allot(candidates, most);
    const limited = candidates.filter(({ seen, alive }) => seen && alive).length > most;
    const isSame = next.size === this.playing.size && [...next].every((id) => this.playing.has(id));
    if (isSame && limited === this.limited) return;
    for (const id of next) if (!this.playing.has(id)) this.tile(id).openedAt = now();
    this.playing = next;
    this.limited = limited;
    this.onChange({ playing: next, limited });
  }
}

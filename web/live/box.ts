/**
 * The box behind a playlist, as far as it tells about itself in a status.
 */
import type { Access } from "./access";
import { eventsUrlOf, statusUrlOf, watchStatus, type Status } from "./status";

export interface BoxEvents {
  /** The newest status; null: there is none. */
  onStatus(status: Status | null): void;
  /** All is well: it need not be asked so often. */
  isLive(): boolean;
}

export class Box {
  /** What it said last; null where it says nothing. */
  status: Status | null = null;
  private watching = new AbortController();
  /** Null: there is no status to read. */
  private readonly statusUrl: string | null;

  /** `statusUrl` is beside the playlist `src` unless it is given. */
  constructor(
    private readonly src: string,
    statusUrl: string | null | undefined,
    private readonly access: Access,
    private readonly events: BoxEvents,
  ) {
    this.statusUrl = statusUrl === undefined ? statusUrlOf(src, document.baseURI) : statusUrl;
  }

  /** Ask it from now on, at once and then again and again, until it rests. */
  watch(): void {
    this.rest();
    const { statusUrl, access, events } = this;
    if (statusUrl === null) {
      events.onStatus(null);
      return;
    }
    this.watching = new AbortController();
    const onStatus = (status: Status | null) => {
      this.status = status;
      events.onStatus(status);
    };
    void watchStatus(statusUrl, () => events.isLive(), onStatus, this.watching.signal, access);
  }

  rest(): void {
    this.watching.abort();
  }

  /** Where it tells at once what it stores; null where it does not say. */
  get eventsUrl(): string | null {
    const { status, statusUrl, src } = this;
    if (status === null || statusUrl === null) return null;
    const absolute = (url: string) => new URL(url, document.baseURI).href;
    return eventsUrlOf(status.eventsUrl, absolute(statusUrl), absolute(src));
  }
}

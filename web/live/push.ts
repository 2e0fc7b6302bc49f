/**
 * What was just stored, told by the box itself where it can be reached: nothing has to be asked for before it is there.
 *
 * Read with fetch: EventSource sends no token, knows no deadline, and does not say why it failed.
 */
import type { Access } from "./access";
import { EventReader, type StreamEvent } from "./events";
import { now, pause } from "./time";

/** Somebody who wants to know. */
export interface Listener {
  /** The store has this text as the playlist now. */
  onPlaylist(text: string): void;
  /** The store has a part of this name now. */
  onPart(uri: string): void;
  /** Nothing is told any more, until further notice. */
  onSilence(): void;
}

/** A stream that says nothing for so long is given up, seconds: a box that lives says at least that, every 10 s. */
const SILENCE = 25;
/** Seconds until it is opened again: the first time, and at most. One that lasted for so long was a good one. */
const AGAIN = { first: 1, most: 30, good: 10 };

export class Push {
  private readonly life = new AbortController();
  private isTelling = false;

  /** Listen from now on, until it is closed. */
  constructor(
    private readonly url: string,
    private readonly listener: Listener,
    private readonly access: Access,
  ) {
    void this.run();
  }

  close(): void {
    this.isTelling = false;
    this.life.abort();
  }

  private async run(): Promise<void> {
    const { signal } = this.life;
    for (let wait = AGAIN.first; !signal.aborted;) {
      const openedAt = now();
      await this.listen(signal);
      if (this.isTelling) this.listener.onSilence();
      this.isTelling = false;
      await pause(wait, signal);
      wait = now() - openedAt - wait > AGAIN.good ? AGAIN.first : Math.min(2 * wait, AGAIN.most);
    }
  }

  /** Open the stream and read it to its end, whatever that is. */
  private async listen(signal: AbortSignal): Promise<void> {
    const request = new AbortController();
    const end = () => {
      request.abort();
    };
    signal.addEventListener("abort", end);
    let silence = setTimeout(end, SILENCE * 1000);
    try {
      for await (const piece of this.pieces(request.signal)) {
        clearTimeout(silence);
        silence = setTimeout(end, SILENCE * 1000);
        piece.forEach(this.tell);
      }
    } catch {
      // A stream that breaks has ended; what is not told is asked for.
    } finally {
      clearTimeout(silence);
      signal.removeEventListener("abort", end);
      end();
    }
  }

  private async *pieces(signal: AbortSignal): AsyncGenerator<StreamEvent[]> {
    const headers = { ...(await this.access.headersFor(this.url)), Accept: "text/event-stream" };
    const response = await fetch(this.url, { cache: "no-store", headers, signal });
    if (response.status === 401 || response.status === 403) this.access.refused();
    const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") ?? false;
    if (!response.ok || !isStream || response.body === null) return;
    const reader = response.body.getReader();
    const [decoder, events] = [new TextDecoder(), new EventReader()];
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield events.read(decoder.decode(value, { stream: true }));
    }
  }

  private readonly tell = ({ kind, data }: StreamEvent): void => {
    if (this.life.signal.aborted) return;
    this.isTelling = true;
    const text = field(data, "text");
    const uri = field(data, "uri");
    if (kind === "playlist" && text !== null) this.listener.onPlaylist(text);
    if (kind === "part" && uri !== null) this.listener.onPart(uri);
  };
}

/** A text in JSON, under its name; null where there is none. */
function field(json: string, name: "text" | "uri"): string | null {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value !== "object" || value === null) return null;
    const { [name]: found } = value as Partial<Record<string, unknown>>;
    return typeof found === "string" ? found : null;
  } catch {
    return null;
  }
}

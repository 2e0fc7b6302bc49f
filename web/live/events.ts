/**
 * Server-sent events out of a text that comes in pieces. No I/O.
 *
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation, as far as it is used here:
 * fields for reconnecting are overlooked, and lines end with a line feed.
 */
export interface StreamEvent {
  readonly kind: string;
  readonly data: string;
}

/** An event longer than this is none of ours, characters. */
const LONGEST = 1_000_000;

export class EventReader {
  private rest = "";

  /** The events that are complete with this piece. Throws RangeError when one does not end. */
  read(piece: string): StreamEvent[] {
    const blocks = (this.rest + piece).split(/\r?\n\r?\n/);
    this.rest = blocks.pop() ?? "";
    if (this.rest.length > LONGEST) throw new RangeError("An event does not end.");
    return blocks.flatMap(eventIn);
  }
}

/** None in a block that only shows that the connection lives. */
function eventIn(block: string): StreamEvent[] {
  const lines = block.split(/\r?\n/);
  const values = (name: string) =>
    lines.flatMap((line) =>
      line.startsWith(`${name}:`) ? [line.slice(name.length + 1).replace(/^ /, "")] : [],
    );
  const data = values("data");
  return data.length === 0 ? [] : [{ kind: values("event").at(-1) ?? "message", data: data.join("\n") }];
}

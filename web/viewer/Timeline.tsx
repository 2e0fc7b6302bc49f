import type { Fate, Segment } from "./details";
import { timelineOf } from "./bars";
import { seconds } from "./words";

const WIDTH = 600;
const HEIGHT = 80;
/** Between two bars, in units of the drawing. */
const GAP = 0.8;

const NAMES: Readonly<Record<Fate, string>> = {
  uploaded: "in time",
  late: "late",
  lost: "lost",
  made: "on the way",
};

interface TimelineProps {
  segments: readonly Segment[];
  /** What a segment usually lasts, seconds. */
  duration: number;
  /** Unix seconds. */
  now: number;
}

/** The last segments, one bar each: as high as it took until viewers could have it, a hole where there was no picture. */
export function Timeline({ segments, duration, now }: TimelineProps) {
  const { bars, span, limit, counts } = timelineOf(segments, duration, now);
  const told = (Object.keys(NAMES) as Fate[]).filter((fate) => fate === "uploaded" || counts[fate] > 0);
  const summary = told.map((fate) => `${counts[fate]} ${NAMES[fate]}`).join(", ");
  const line = HEIGHT * (1 - limit);
  return (
    <section className="panel timeline">
      <h2>The last {Math.round(span / 60)} minutes</h2>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Segments: ${summary}.`}
      >
        <line className="limit" x1="0" x2={WIDTH} y1={line} y2={line} />
        {bars.map(({ segment, x, width, height }) => (
          <rect
            key={segment.endedAt.getTime()}
            data-fate={segment.fate}
            x={x * WIDTH}
            width={Math.max(0.5, width * WIDTH - GAP)}
            y={HEIGHT * (1 - height)}
            height={HEIGHT * height}
          >
            <title>{titleOf(segment)}</title>
          </rect>
        ))}
      </svg>
      <p className="axis" aria-hidden="true">
        <span>{Math.round(span / 60)} min ago</span>
        <span>now</span>
      </p>
      <ul className="legend">
        {told.map((fate) => (
          <li key={fate} data-fate={fate}>
            {counts[fate]} {NAMES[fate]}
          </li>
        ))}
        <li className="limit">above: later than a segment lasts ({seconds(duration)})</li>
      </ul>
    </section>
  );
}

function titleOf({ endedAt, publishLag, fate }: Segment): string {
  const clock = endedAt.toLocaleTimeString([], { timeStyle: "medium" });
  return publishLag === null
    ? `${clock}: ${NAMES[fate]}`
    : `${clock}: with the viewers after ${seconds(publishLag)}`;
}

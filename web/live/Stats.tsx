import type { Labels } from "./labels";
import type { Sample } from "./latency";
import { ceilingOf, points } from "./sparkline";

interface StatsProps {
  readonly labels: Labels["stats"];
  readonly samples: readonly Sample[];
  /** Seconds that the box takes from the end of a segment to its being listed; null where it does not say. */
  readonly publishLag: number | null;
}

const WIDTH = 240;
const HEIGHT = 48;

/** The last two minutes of delay and buffer, and the figures of now. */
export function Stats({ labels, samples, publishLag }: StatsProps) {
  const newest = samples.at(-1);
  const latencies = samples.map(({ latency }) => latency);
  const buffers = samples.map(({ buffer }) => buffer);
  const ceiling = ceilingOf([...latencies, ...buffers]);
  const seconds = (value: number | null | undefined) =>
    value == null ? "–" : labels.seconds.replace("{seconds}", value.toFixed(1));
  const figures: [string, string, string?][] = [
    [labels.latency, seconds(newest?.latency), "latency"],
    [labels.buffer, seconds(newest?.buffer), "buffer"],
    [labels.publishLag, seconds(publishLag)],
    [labels.picture, newest ? `${newest.width} × ${newest.height}` : "–"],
    [labels.dropped, newest ? `${newest.dropped}` : "–"],
  ];
  return (
    <div className="hls-player-stats">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        <polyline className="hls-player-line-buffer" points={points(buffers, ceiling, WIDTH, HEIGHT)} />
        <polyline className="hls-player-line-latency" points={points(latencies, ceiling, WIDTH, HEIGHT)} />
      </svg>
      <dl>
        {figures.map(([name, value, line]) => (
          <div key={name} data-line={line}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

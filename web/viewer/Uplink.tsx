import type { Uplink as Figures } from "./details";
import { rate, VERDICTS, verdictOf } from "./words";

/** What the video needs against what the uplink carries. */
export function Uplink({ uplink }: { uplink: Figures }) {
  const verdict = verdictOf(uplink);
  const { needed, achieved } = uplink;
  const top = 1.1 * Math.max(needed ?? 0, Math.min(achieved ?? 0, 4 * (needed ?? 0)), 1);
  const share = (bps: number | null) => 100 * Math.min(1, (bps ?? 0) / top);
  return (
    <section className="panel uplink" data-verdict={verdict}>
      <h2>Upload</h2>
      <dl>
        <div>
          <dt>The video needs</dt>
          <dd>{rate(needed)}</dd>
        </div>
        <div>
          <dt>The connection carried</dt>
          <dd>{rate(achieved)}</dd>
        </div>
      </dl>
      <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
        <rect className="track" width="100" height="8" />
        <rect className="carried" width={share(achieved)} height="8" />
        {needed !== null && (
          <rect className="needed" x={Math.max(0, share(needed) - 0.4)} width="0.8" height="8" />
        )}
      </svg>
      <p>{VERDICTS[verdict]}</p>
    </section>
  );
}

import type { Status } from "../live/status";
import { stateWords } from "./camera";

/** A duration: 3.4 s. */
export function Seconds({ value }: { value: number | null }) {
  return <span className="figure">{value === null ? "–" : `${value.toFixed(1)} s`}</span>;
}

/** What the worker says of the camera, and since when. */
export function StateLine({ status }: { status: Status }) {
  return (
    <p className="state" data-state={status.state}>
      {stateWords(status.state)}
      {status.since && <span> since {status.since.toLocaleTimeString([], { timeStyle: "short" })}</span>}
    </p>
  );
}

/** What is wrong and what to do, for when the player itself has no reason to say so; nothing while all is well. */
export function Trouble({ status: { reason, advice } }: { status: Status }) {
  if (reason === null && advice === null) return null;
  return (
    <div className="trouble">
      {reason !== null && <p>{reason}</p>}
      {advice !== null && <p className="advice">{advice}</p>}
    </div>
  );
}

export function Unreachable() {
  return (
    <p className="unreachable" role="alert">
      The worker does not answer. Is it still running? This page goes on by itself when it does.
    </p>
  );
}

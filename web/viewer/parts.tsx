import type { Status } from "../live/status";
import { seconds, stateWords } from "./words";

/** A duration: 3.4 s. */
export function Seconds({ value }: { value: number | null }) {
  return <span className="figure">{seconds(value)}</span>;
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

/** Mistakes in the worker's files; nothing while there are none. */
export function Problems({ problems }: { problems: readonly string[] }) {
  if (problems.length === 0) return null;
  return (
    <section className="problems" aria-label="Mistakes in the files">
      <h2>The files have mistakes. Until they are mended, the settings from before stay in use.</h2>
      <ul>
        {problems.map((problem) => (
          <li key={problem}>{problem}</li>
        ))}
      </ul>
    </section>
  );
}

export function Unreachable() {
  return (
    <p className="unreachable" role="alert">
      The worker does not answer. Is it still running? This page goes on by itself when it does.
    </p>
  );
}

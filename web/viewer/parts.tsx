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

/** The token was made anew, or the cookie is gone. The page that asks for it comes from the worker itself. */
function Refused() {
  return (
    <p className="unreachable" role="alert">
      This worker asks for its token again.{" "}
      <button
        type="button"
        className="button"
        onClick={() => {
          location.reload();
        }}
      >
        Show it the token
      </button>
    </p>
  );
}

/** Nothing while the worker answers; else that it does not, or what it wants. */
export function Silence({ reachable, refused }: { reachable: boolean; refused: boolean }) {
  if (reachable) return null;
  return refused ? <Refused /> : <Unreachable />;
}

function Unreachable() {
  return (
    <p className="unreachable" role="alert">
      The worker does not answer. Is it still running? This page goes on by itself when it does.
    </p>
  );
}

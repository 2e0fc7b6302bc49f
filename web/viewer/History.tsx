import type { Step } from "./details";
import { stepWords } from "./words";

/** What the camera went through, the newest first, and what FFmpeg said last. */
export function History({ steps, lines }: { steps: readonly Step[]; lines: readonly string[] }) {
  if (steps.length === 0 && lines.length === 0) return null;
  return (
    <section className="panel history">
      {steps.length > 0 && (
        <details>
          <summary>What happened to this camera</summary>
          <ol>
            {[...steps].reverse().map(({ to, at, reason }, index) => (
              <li key={`${at.getTime()} ${steps.length - index}`}>
                <time dateTime={at.toISOString()}>{at.toLocaleTimeString([], { timeStyle: "medium" })}</time>
                <span>
                  {stepWords(to)}
                  {reason !== null && <span className="quiet">. {reason}</span>}
                </span>
              </li>
            ))}
          </ol>
        </details>
      )}
      {lines.length > 0 && (
        <details>
          <summary>What FFmpeg said last</summary>
          <pre>{lines.join("\n")}</pre>
        </details>
      )}
    </section>
  );
}

import { useEffect, useState } from "react";
import type { Words } from "./words";

/** Seconds for which something has to hold before it is read out: a flicker is not news. */
const SETTLED = 2;

/** The badge, and over a picture that is not live what is the matter. Screen readers hear it from `Announcement`. */
export function Notice({ words, delay }: { words: Words; delay: string | null }) {
  return (
    <div className="hls-player-notice" aria-hidden="true">
      <span className="hls-player-badge">
        {words.label}
        {delay !== null && <span className="hls-player-delay">{delay}</span>}
      </span>
      {words.headline !== null && (
        <div className="hls-player-message">
          <strong>{words.headline}</strong>
          {words.detail !== null && <span>{words.detail}</span>}
          {words.advice !== null && <span>{words.advice}</span>}
        </div>
      )}
    </div>
  );
}

/** The same for those who listen, said when it has settled. */
export function Announcement({ words }: { words: Words }) {
  const { label, headline, detail, advice } = words;
  const sentence = [headline ?? label, detail, advice]
    .filter(Boolean)
    .join(". ")
    .replaceAll(/([.!?])\./g, "$1");
  const [said, setSaid] = useState("");
  useEffect(() => {
    const timer = setTimeout(setSaid, SETTLED * 1000, sentence);
    return () => {
      clearTimeout(timer);
    };
  }, [sentence]);
  return (
    <div className="hls-player-announcement" role="status" aria-live="polite">
      {said}
    </div>
  );
}

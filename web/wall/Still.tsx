import type { Credentials } from "../live/access";
import type { Camera } from "./cameras";
import type { Labels } from "../live/labels";
import type { Phase } from "../live/machine";
import { Notice } from "../live/Notice";
import { OPENING } from "../live/view";
import { SILENT } from "../live/status";
import { useSnapshot } from "./useSnapshot";
import { fill, wordsFor } from "../live/words";

interface StillProps {
  readonly camera: Camera;
  /** Why it does not play; "still": it could, and the browser has enough to do. */
  readonly state: Phase | "still";
  readonly credentials: Credentials;
  readonly labels: Labels;
}

/** Nothing to say over the picture. */
const NOTHING = { headline: null, detail: null, advice: null };

/** A camera on the wall that does not play: a snapshot, and why it does not move. */
export function Still({ camera, state, credentials, labels }: StillProps) {
  const isStill = state === "still";
  const phase = isStill ? "connecting" : state;
  const isAway = phase !== "connecting";
  const snapshot = useSnapshot(camera.src, camera.snapshot, credentials, isStill || isAway);
  const at = snapshot?.takenAt?.toLocaleTimeString([], { timeStyle: "medium" });
  const status = { ...SILENT, ...camera.status, name: camera.status?.name ?? camera.name };
  const words = wordsFor({ ...OPENING, phase, status }, new Date(), labels);
  const label = at === undefined ? labels.wall.still : fill(labels.wall.stillAt, { time: at });
  return (
    <div
      className="hls-player"
      data-phase={state}
      role="group"
      aria-label={camera.name}
      title={isStill ? labels.wall.resting : undefined}
    >
      {snapshot && <img src={snapshot.address} alt="" className="hls-player-picture" />}
      <Notice words={isAway ? words : { ...NOTHING, label: isStill ? label : words.label }} delay={null} />
    </div>
  );
}

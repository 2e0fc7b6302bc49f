import type { Credentials } from "../live/access";
import type { Camera } from "./cameras";
import type { Labels } from "../live/labels";
import { phaseOfState, type Phase } from "../live/machine";
import { Notice } from "../live/Notice";
import { OPENING } from "../live/view";
import { SILENT } from "../live/status";
import { useSnapshot } from "./useSnapshot";
import { fill, wordsFor } from "../live/words";

interface StillProps {
  readonly camera: Camera;
  /** What its player said last; null when it never played. */
  readonly phase: Phase | null;
  /** It could play, and does not because the browser has enough to do. */
  readonly resting: boolean;
  readonly credentials: Credentials;
  readonly labels: Labels;
}

/** Nothing to say over the picture. */
const NOTHING = { headline: null, detail: null, advice: null };
/** A camera on the wall that does not play: a snapshot, and why it does not move. */
export function Still({ camera, phase, resting, credentials, labels }: StillProps) {
  const said = camera.status ? phaseOfState(camera.status.state) : phase;
  const isAway = said !== null && said !== "idle" && said !== "live" && said !== "behind";
  const snapshot = useSnapshot(camera.src, camera.snapshot, credentials, resting || isAway);
  const at = snapshot?.takenAt?.toLocaleTimeString([], { timeStyle: "medium" });
  const shown: Phase = isAway ? said : "connecting";
  const isStill = resting && !isAway;
  const status = { ...SILENT, ...camera.status, name: camera.status?.name ?? camera.name };
  const words = wordsFor({ ...OPENING, phase: shown, status }, new Date(), labels);
  const label = at === undefined ? labels.wall.still : fill(labels.wall.stillAt, { time: at });
  return (
    <div
      className="hls-player"
      data-phase={isStill ? "still" : shown}
      role="group"
      aria-label={camera.name}
      title={isStill ? labels.wall.resting : undefined}
    >
      {snapshot && <img src={snapshot.address} alt="" className="hls-player-picture" />}
      <Notice words={isAway ? words : { ...NOTHING, label: isStill ? label : words.label }} delay={null} />
    </div>
  );
}

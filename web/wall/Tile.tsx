import { useEffect, useLayoutEffect, useRef, useState, type MouseEvent, type ReactNode } from "react";
import { HLSPlayer } from "../HLSPlayer";
import { phaseAtRest, type Camera } from "./cameras";
import type { SomeLabels, Labels } from "../live/labels";
import type { Phase } from "../live/machine";
import { keepPicture } from "../live/picture";
import { Still } from "./Still";
import type { LiveOptions } from "../live/useLive";
import { fill } from "../live/words";

/** What is seen of a camera here. */
export interface Sight {
  /** What its player says; null while it does not play. */
  readonly phase: Phase | null;
  /** Seconds from the camera to this screen; null while the picture is not live. */
  readonly latency: number | null;
}

export interface TileProps {
  readonly camera: Camera;
  readonly plays: boolean;
  /** It could play, and does not because the browser has enough to do. */
  readonly resting: boolean;
  /** Over everything else. */
  readonly full: boolean;
  readonly options: Omit<LiveOptions, "onPhase" | "onLatency">;
  readonly labels: Labels;
  readonly ownLabels: SomeLabels | undefined;
  readonly caption: ((camera: Camera, sight: Sight) => ReactNode) | undefined;
  readonly onToggle: () => void;
  /** It came onto the screen, or left it. Stable, as the next. */
  readonly onSeen: (id: string, seen: boolean) => void;
  readonly onHeard: (id: string, phase: Phase | null, video: HTMLVideoElement | null) => void;
}

const UNSEEN: Sight = { phase: null, latency: null };

/** One camera of a wall. */
export function Tile(props: TileProps) {
  const { camera, plays, resting, full, options, labels, ownLabels, caption } = props;
  const { onToggle, onSeen, onHeard } = props;
  const { id } = camera;
  const item = useRef<HTMLLIElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const kept = useRef<HTMLCanvasElement>(null);
  const [sight, setSight] = useState(UNSEEN);
  const [last, setLast] = useState<Phase | null>(null);

  useEffect(() => {
    const element = item.current;
    if (element === null) return undefined;
    const watcher = watch(element, (seen) => {
      onSeen(id, seen);
    });
    return () => {
      watcher();
      onSeen(id, false);
    };
  }, [id, onSeen]);

  // A layout effect, because after it the video is gone, and the picture with it.
  useLayoutEffect(() => {
    const [element, canvas] = [video.current, kept.current];
    if (!plays) return undefined;
    return () => {
      keepPicture(element, canvas);
    };
  }, [plays]);

  const onPhase = (phase: Phase) => {
    setSight(({ latency }) => ({ phase, latency: phase === "live" || phase === "behind" ? latency : null }));
    setLast(phase);
    onHeard(id, phase, video.current);
  };
  useEffect(() => {
    if (!plays) return undefined;
    return () => {
      setSight(UNSEEN);
      onHeard(id, null, null);
    };
  }, [plays, id, onHeard]);

  const onClick = (event: MouseEvent) => {
    const isForButton = event.target instanceof Element && event.target.closest("button") !== null;
    if (full && !isForButton) onToggle();
  };
  const atRest = phaseAtRest(camera, last);
  const state = sight.phase ?? (resting && atRest === "connecting" ? "still" : atRest);
  const spoken = state === "still" ? labels.wall.still : labels.badge[state];
  return (
    <li ref={item} className="camera-wall-tile" data-full={full}>
      <div className="camera-wall-picture" onClick={onClick}>
        <canvas ref={kept} className="hls-player-picture" aria-hidden="true" />
        {plays ? (
          <HLSPlayer
            {...options}
            ref={video}
            src={camera.src}
            statusUrl={camera.statusUrl}
            controls={full}
            announces={full}
            labels={ownLabels}
            aria-label={camera.name}
            onPhase={onPhase}
            onLatency={({ latency }) => {
              setSight((now) => ({ ...now, latency }));
            }}
          />
        ) : (
          <Still camera={camera} state={state} credentials={options} labels={labels} />
        )}
        <button
          type="button"
          className={full ? "camera-wall-close" : "camera-wall-open"}
          aria-expanded={full}
          aria-label={
            full ? labels.wall.close : fill(labels.wall.open, { camera: camera.name, state: spoken })
          }
          onClick={onToggle}
        >
          {full && `‹ ${labels.wall.close}`}
          {!full && !caption && <span>{camera.name}</span>}
        </button>
      </div>
      {caption && <div className="camera-wall-caption">{caption(camera, sight)}</div>}
    </li>
  );
}

/** Tell whether `element` is on the screen, until the function that this gives is called. */
function watch(element: Element, onSeen: (seen: boolean) => void): () => void {
  if (typeof IntersectionObserver === "undefined") {
    onSeen(true);
    return () => undefined;
  }
  const observer = new IntersectionObserver(
    (entries) => {
      onSeen(entries.at(-1)?.isIntersecting ?? false);
    },
    { threshold: 0.15 },
  );
  observer.observe(element);
  return () => {
    observer.disconnect();
  };
}

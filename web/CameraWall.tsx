/**
 * Many live cameras on one screen, and any of them large with one click.
 *
 *     <CameraWall cameras={[{ id: "cam_floor", name: "Floor Camera", src: camera.stream_url }]} />
 *     <CameraWall cameras="/api/cameras" />
 *
 * Only what is on the screen plays. When the browser cannot keep up, the last cameras become still pictures, rather than
 * all of them stuttering. Enter or a click shows a camera large, Escape leads back, arrow keys go from one to the next.
 */
import {
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
  type CSSProperties,
  type KeyboardEvent,
  type ReactNode,
} from "react";
import { isAway, parseCameras, phaseAtRest, type Camera } from "./wall/cameras";
import { Director, GONE, type Allotment } from "./wall/director";
import { labelsWith, type SomeLabels } from "./live/labels";
import type { Phase } from "./live/machine";
import { Announcement } from "./live/Notice";
import { Tile, type Sight } from "./wall/Tile";
import type { LiveOptions } from "./live/useLive";
import { usePolled } from "./wall/usePolled";
import { neighbour } from "./wall/neighbour";
import { fill } from "./live/words";
import "./wall/wall.css";

export type { Camera } from "./wall/cameras";
export type { Sight } from "./wall/Tile";

export interface CameraWallProps extends Omit<
  LiveOptions,
  "statusUrl" | "eventsUrl" | "onPhase" | "onLatency" | "onStill"
> {
  /** The cameras, or the address of a worker's `/api/cameras`. */
  cameras: readonly Camera[] | string;
  /** How many may play at once. Default: 16. */
  max?: number;
  /** What stands below a camera. Default: its name, over the picture. */
  caption?: (camera: Camera, sight: Sight) => ReactNode;
  /** Words to put in the place of the English ones. */
  labels?: SomeLabels;
  className?: string;
  style?: CSSProperties;
}

const NOTHING: Allotment = { playing: new Set(), limited: false };
const NONE: readonly Camera[] = [];

export function CameraWall(props: CameraWallProps) {
  const { cameras: given, max = 16, caption, labels: own, className, style, ...options } = props;
  const asked = usePolled(typeof given === "string" ? given : null, parseCameras);
  const cameras = typeof given === "string" ? (asked.value?.cameras ?? NONE) : given;
  const labels = useMemo(() => labelsWith(own), [own]);
  const [phases, setPhases] = useState<Readonly<Record<string, Phase | null>>>({});
  const [fullId, setFull] = useState<string | null>(null);
  const { allotment, director } = useDirector(cameras, max);
  const list = useRef<HTMLUListElement>(null);

  const onSeen = useCallback(
    (id: string, seen: boolean) => {
      director.see(id, seen);
    },
    [director],
  );
  const onHeard = useCallback(
    (id: string, phase: Phase | null, video: HTMLVideoElement | null) => {
      director.hear(id, phase, video);
      setPhases((all) => ({ ...all, [id]: phase }));
    },
    [director],
  );
  const full = cameras.some(({ id }) => id === fullId) ? fullId : null;

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape" && full !== null && !document.fullscreenElement) setFull(null);
    const buttons = [
      ...(list.current?.querySelectorAll<HTMLElement>(".camera-wall-tile > div > button") ?? []),
    ];
    const here = buttons.findIndex((button) => button.parentElement?.contains(event.target as Node));
    const there = neighbour(here, event.key, buttons.length, full === null ? columnsIn(buttons) : 1);
    if (there === null) return;
    event.preventDefault();
    if (full !== null) setFull(cameras[there]?.id ?? full);
    buttons[there]?.focus();
  };

  const away = cameras.flatMap((camera) => {
    const phase = isAway(camera) ? phaseAtRest(camera, null) : phases[camera.id];
    return phase && GONE.has(phase) ? fill(labels.headline[phase], { camera: camera.name }) : [];
  });
  const live = cameras.filter(({ id }) => phases[id] === "live").length;
  const summary = [fill(labels.wall.summary, { live: `${live}`, all: `${cameras.length}` }), ...away].join(
    ". ",
  );
  return (
    <div className={["camera-wall", className].filter(Boolean).join(" ")} style={style}>
      <ul
        ref={list}
        aria-label={labels.wall.cameras}
        data-columns={columnsFor(cameras.length)}
        data-full={full !== null}
        onKeyDown={onKeyDown}
      >
        {cameras.map((camera) => (
          <Tile
            key={camera.id}
            camera={camera}
            plays={allotment.playing.has(camera.id)}
            resting={allotment.limited && !allotment.playing.has(camera.id)}
            full={camera.id === full}
            {...{ labels, caption, onSeen, onHeard }}
            // A stream of events holds one of the six connections that a page has to a host over HTTP/1.1.
            options={cameras.length === 1 ? options : { ...options, eventsUrl: null }}
            ownLabels={own}
            onToggle={() => {
              setFull(camera.id === full ? null : camera.id);
            }}
          />
        ))}
      </ul>
      {cameras.length > 0 && full === null && (
        <Announcement words={{ label: summary, headline: null, detail: null, advice: null }} />
      )}
    </div>
  );
}

/** What plays, and who decides it. */
function useDirector(cameras: readonly Camera[], max: number): { allotment: Allotment; director: Director } {
  const [allotment, setAllotment] = useState(NOTHING);
  const [director] = useState(() => new Director(setAllotment));
  useEffect(() => director.run(), [director]);
  useEffect(() => {
    director.show(
      cameras.map((camera) => ({ id: camera.id, away: isAway(camera) })),
      max,
    );
  }, [director, cameras, max]);
  return { allotment, director };
}

/** As square as the wall can be. */
const columnsFor = (cameras: number): number => Math.min(4, Math.max(1, Math.ceil(Math.sqrt(cameras))));

/** How many stand side by side on this screen. */
function columnsIn(tiles: readonly HTMLElement[]): number {
  const top = tiles[0]?.getBoundingClientRect().top;
  return Math.max(1, tiles.filter((tile) => tile.getBoundingClientRect().top === top).length);
}

export default CameraWall;

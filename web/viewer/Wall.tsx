import { CameraWall, type Camera, type Sight } from "../CameraWall";
import { parseCameras, type WorkerCamera } from "../wall/cameras";
import { usePolled } from "../wall/usePolled";
import { CopyField } from "./CopyField";
import { Problems, Silence, StateLine, Trouble } from "./parts";
import { Link } from "./router";

/** Every camera of this worker. */
export function Wall() {
  const { value, reachable, refused } = usePolled("/api/cameras", parseCameras);
  const cameras = value?.cameras ?? [];
  const captions = new Map(cameras.map((camera) => [camera.id, camera]));
  const caption = ({ id }: Camera, sight: Sight) => {
    const camera = captions.get(id);
    return camera && <Caption camera={camera} sight={sight} alone={cameras.length === 1} />;
  };
  return (
    <>
      <Silence reachable={reachable} refused={refused} />
      {value && <Problems problems={value.problems} />}
      {value?.cameras.length === 0 && (
        <p className="empty">No camera is running. Start one with --camera, or all of them with --all.</p>
      )}
      {value && <CameraWall cameras={value.cameras} caption={caption} />}
    </>
  );
}

interface CaptionProps {
  camera: WorkerCamera;
  sight: Sight;
  /** There is room for all there is to say. */
  alone: boolean;
}

function Caption({ camera, sight, alone }: CaptionProps) {
  return (
    <>
      <header>
        <h2>
          <Link href={`/cameras/${camera.id}`}>{camera.name}</Link>
        </h2>
        <StateLine status={camera.status} />
      </header>
      {sight.phase === "live" && <Trouble status={camera.status} />}
      {alone && <CopyField label="Playlist" value={camera.src} />}
    </>
  );
}

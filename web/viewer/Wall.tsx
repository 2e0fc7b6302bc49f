import { useState } from "react";
import { usePolled } from "./api";
import { parseCameras, type Camera } from "./camera";
import { CopyField } from "./CopyField";
import { LiveCamera, NOTHING_YET } from "./LiveCamera";
import { Link } from "./router";
import { Unreachable, Seconds, StateLine, Trouble } from "./parts";

/** Every camera of this worker, one card each. */
export function Wall() {
  const { value: cameras, reachable } = usePolled("/api/cameras", parseCameras);
  return (
    <>
      {!reachable && <Unreachable />}
      {cameras?.length === 0 && <p className="empty">No camera is running. Start one with --camera.</p>}
      <div className="wall">
        {cameras?.map((camera) => (
          <Card key={camera.id} camera={camera} />
        ))}
      </div>
    </>
  );
}

function Card({ camera }: { camera: Camera }) {
  const [sight, setSight] = useState(NOTHING_YET);
  return (
    <article className="card">
      <LiveCamera camera={camera} onSight={setSight} />
      <div className="card-body">
        <header>
          <h2>
            <Link href={`/cameras/${camera.id}`}>{camera.name}</Link>
          </h2>
          {sight.latency !== null && (
            <span className="latency" title="From the camera to this screen">
              <Seconds value={sight.latency} /> delay
            </span>
          )}
        </header>
        <StateLine status={camera.status} />
        {sight.phase === "live" && <Trouble status={camera.status} />}
        <CopyField label="Playlist" value={camera.streamUrl} />
      </div>
    </article>
  );
}

import { useEffect, useState } from "react";
import { usePolled } from "./api";
import { parseCamera, type Camera } from "./camera";
import { CopyField } from "./CopyField";
import { LiveCamera, NOTHING_YET } from "./LiveCamera";
import { Link } from "./router";
import { Seconds, StateLine, Trouble, Unreachable } from "./parts";

/** One camera, large. */
export function CameraPage({ id }: { id: string }) {
  const { value: camera, reachable, missing } = usePolled(`/api/cameras/${id}`, parseCamera);
  return (
    <>
      <nav>
        <Link href="/">‹ All cameras</Link>
      </nav>
      {!reachable && <Unreachable />}
      {missing && <p className="empty">This worker has no camera “{decodeURIComponent(id)}”.</p>}
      {camera && <Details camera={camera} />}
    </>
  );
}

function Details({ camera }: { camera: Camera }) {
  const [sight, setSight] = useState(NOTHING_YET);
  useEffect(() => {
    document.title = `${camera.name} · Storefeed`;
    return () => {
      document.title = "Storefeed";
    };
  }, [camera.name]);
  return (
    <article className="camera">
      <LiveCamera camera={camera} controls onSight={setSight} />
      <header>
        <h1>{camera.name}</h1>
        <StateLine status={camera.status} />
      </header>
      {sight.phase === "live" && <Trouble status={camera.status} />}
      <dl className="figures">
        <div>
          <dt>Delay to this screen</dt>
          <dd>
            <Seconds value={sight.latency} />
          </dd>
        </div>
        <div>
          <dt>Upload delay</dt>
          <dd>
            <Seconds value={camera.status.publishLag} />
          </dd>
        </div>
      </dl>
      <CopyField label="Playlist" value={camera.streamUrl} />
    </article>
  );
}

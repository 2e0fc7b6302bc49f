import { useEffect, useState } from "react";
import { HLSPlayer, type Phase } from "../HLSPlayer";
import { usePolled } from "../wall/usePolled";
import { CopyField } from "./CopyField";
import { parseDetails, type Details } from "./details";
import { History } from "./History";
import { Seconds, Silence, StateLine, Trouble } from "./parts";
import { Preview } from "./Preview";
import { Link } from "./router";
import { Timeline } from "./Timeline";
import { Uplink } from "./Uplink";
import { modeWords, times } from "./words";

/** One camera, and all there is to know about it. */
export function CameraPage({ id }: { id: string }) {
  const { value: camera, at, reachable, missing, refused } = usePolled(`/api/cameras/${id}`, parseDetails);
  return (
    <>
      <nav>
        <Link href="/">‹ All cameras</Link>
      </nav>
      <Silence reachable={reachable} refused={refused} />
      {missing && <p className="empty">This worker has no camera “{id}”.</p>}
      {camera && <Page camera={camera} now={at} />}
    </>
  );
}

function Page({ camera, now }: { camera: Details; now: number }) {
  const { id, name, src, statusUrl, status, reconnects, lastPictureAt, videoMode } = camera;
  const [phase, setPhase] = useState<Phase>("connecting");
  const [isAiming, setAiming] = useState(false);
  const [latency, setLatency] = useState<number | null>(null);
  useEffect(() => {
    document.title = `${name} · Storefeed`;
    return () => {
      document.title = "Storefeed";
    };
  }, [name]);
  const isLive = phase === "live" || phase === "behind";
  return (
    <article className="camera">
      <div className="picture">
        {isAiming ? (
          <Preview id={id} name={name} />
        ) : (
          <HLSPlayer
            src={src}
            statusUrl={statusUrl}
            aria-label={name}
            onPhase={setPhase}
            onLatency={(sample) => {
              setLatency(sample.latency);
            }}
          />
        )}
      </div>
      <div className="side">
        <header>
          <h1>{name}</h1>
          <StateLine status={status} />
        </header>
        {isLive && <Trouble status={status} />}
        <dl className="figures">
          <div>
            <dt>Delay to this screen</dt>
            <dd>
              <Seconds value={isLive ? latency : null} />
            </dd>
          </div>
          <div>
            <dt>Of that, upload</dt>
            <dd>
              <Seconds value={status.publishLag} />
            </dd>
          </div>
          <div>
            <dt>Lost within the hour</dt>
            <dd>{times(reconnects)}</dd>
          </div>
          <div>
            <dt>Last picture</dt>
            <dd>{lastPictureAt?.toLocaleTimeString([], { timeStyle: "medium" }) ?? "–"}</dd>
          </div>
          <div>
            <dt>Video</dt>
            <dd>{modeWords(videoMode)}</dd>
          </div>
        </dl>
        <div className="aim">
          <button
            type="button"
            className="button"
            aria-pressed={isAiming}
            onClick={() => {
              setPhase("connecting");
              setAiming(!isAiming);
            }}
          >
            {isAiming ? "Back to what viewers see" : "Aim this camera"}
          </button>
          <p>
            {isAiming
              ? "Straight from the camera, nearly without delay."
              : "Nearly without delay, while you turn it."}
          </p>
        </div>
        <CopyField label="Playlist" value={src} />
      </div>
      <Timeline segments={camera.segments} duration={camera.segmentDuration} now={now} />
      <Uplink uplink={camera.uplink} />
      <History steps={camera.history} lines={camera.lines} />
    </article>
  );
}

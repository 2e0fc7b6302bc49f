import { useEffect, useRef, useState } from "react";
import { HLSPlayer, type Phase } from "../HLSPlayer";
import { latencyOf } from "../live/latency";
import type { Camera } from "./camera";

/** What is seen of a camera here. */
export interface Sight {
  readonly phase: Phase;
  /** Seconds from the camera to this screen; null while the picture is not live. */
  readonly latency: number | null;
}

export const NOTHING_YET: Sight = { phase: "connecting", latency: null };

interface LiveCameraProps {
  camera: Camera;
  controls?: boolean;
  /** Called at every change of phase, and about once a second while live. Must be stable. */
  onSight: (sight: Sight) => void;
}

/** The player of one camera. */
export function LiveCamera({ camera, controls = false, onSight }: LiveCameraProps) {
  const video = useRef<HTMLVideoElement>(null);
  const [phase, setPhase] = useState<Phase>("connecting");
  useEffect(() => {
    onSight({ phase, latency: null });
    if (phase !== "live") return undefined;
    const timer = setInterval(() => {
      onSight({ phase, latency: latencyOf(video.current?.hls, new Date()) });
    }, 1000);
    return () => {
      clearInterval(timer);
    };
  }, [phase, onSight]);
  return (
    <HLSPlayer
      ref={video}
      src={camera.streamUrl}
      statusUrl={camera.statusUrl ?? undefined}
      controls={controls}
      aria-label={camera.name}
      onPhase={setPhase}
    />
  );
}

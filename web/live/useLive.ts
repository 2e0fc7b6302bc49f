import type { HlsConfig } from "hls.js";
import { useEffect, useRef, useState, type RefObject } from "react";
import { loadHls, type HlsConstructor } from "./hls";
import type { Phase } from "./machine";
import type { LiveError } from "./playback";
import { OPENING, Session, type View } from "./session";

export interface LiveOptions {
  /** Where status.json is. Default: beside the playlist; null: there is none. */
  statusUrl?: string | null | undefined;
  /** hls.js settings, laid over ours. Read when the player is set up, so the object need not be stable. */
  hlsConfig?: Partial<HlsConfig> | undefined;
  /** Where hls.js comes from. Default: its light build, loaded when needed. */
  loadHls?: (() => Promise<HlsConstructor>) | undefined;
  onPhase?: ((phase: Phase) => void) | undefined;
  /** Every error, for logging; the player heals by itself. */
  onError?: ((error: LiveError) => void) | undefined;
  /** The picture stands and may go black: the chance to keep it. */
  onStill?: (() => void) | undefined;
}

/** Play the playlist `src` in a video element for as long as the component is mounted; what to show about it. */
export function useLive(
  ref: RefObject<HTMLVideoElement | null>,
  src: string,
  options: LiveOptions = {},
): View {
  const [view, setView] = useState<View>(OPENING);
  const latest = useRef(options);
  useEffect(() => {
    latest.current = options;
  });
  const { statusUrl } = options;
  useEffect(() => {
    const video = ref.current;
    if (video === null) return undefined;
    const session = new Session(video, src, {
      statusUrl,
      loadHls: () => (latest.current.loadHls ?? loadHls)(),
      hlsConfig: () => latest.current.hlsConfig ?? {},
      onView: setView,
      onError: (error) => latest.current.onError?.(error),
      onStill: () => latest.current.onStill?.(),
    });
    return () => {
      session.close();
      setView(OPENING);
    };
  }, [ref, src, statusUrl]);
  const { phase } = view;
  useEffect(() => {
    latest.current.onPhase?.(phase);
  }, [phase]);
  return view;
}

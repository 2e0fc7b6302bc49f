import { useEffect, useRef, useState, type RefObject } from "react";
import type { Credentials } from "./access";
import { settingsFor, type Wishes } from "./config";
import { loadHls, type HlsConstructor } from "./hls";
import type { Sample } from "./latency";
import type { Phase } from "./machine";
import type { LiveError } from "./playback";
import { Session } from "./session";
import { OPENING, type View } from "./view";

export interface LiveOptions extends Wishes, Credentials {
  /** Where status.json is. Default: beside the playlist; null: there is none. */
  statusUrl?: string | null | undefined;
  /** Where the worker tells at once what it stores. Default: as status.json says; null: ask the store for everything. */
  eventsUrl?: string | null | undefined;
  /** Stop after 15 s in a hidden tab, and come back at the live edge. Default: true; picture in picture plays on. */
  pauseWhenHidden?: boolean | undefined;
  /** Where hls.js comes from. Default: its light build, loaded when needed. */
  loadHls?: (() => Promise<HlsConstructor>) | undefined;
  onPhase?: ((phase: Phase) => void) | undefined;
  /** About once a second while the picture moves: seconds from the camera to this screen, seconds at hand. */
  onLatency?: ((sample: Sample) => void) | undefined;
  /** Every error, for logging; the player heals by itself. */
  onError?: ((error: LiveError) => void) | undefined;
  /** The picture stands and may go black: the chance to keep it. */
  onStill?: (() => void) | undefined;
}

/**
 * Play the playlist `src` in a video element for as long as the component is mounted; what to show about it.
 *
 * A new `src`, `statusUrl`, `eventsUrl`, `preset` or `targetLatency` starts over. All other options are read when they are needed, so
 * that objects and functions need not be stable.
 */
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
  const { statusUrl, eventsUrl, preset, targetLatency } = options;
  useEffect(() => {
    const video = ref.current;
    if (video === null) return undefined;
    const settings = () => settingsFor({ preset, targetLatency, hlsConfig: latest.current.hlsConfig });
    const session = new Session(video, src, {
      statusUrl,
      eventsUrl,
      settings,
      playsHidden: () => latest.current.pauseWhenHidden === false,
      credentials: () => latest.current,
      loadHls: () => (latest.current.loadHls ?? loadHls)(),
      onView: setView,
      onSample: (sample) => latest.current.onLatency?.(sample),
      onError: (error) => latest.current.onError?.(error),
      onStill: () => latest.current.onStill?.(),
    });
    return () => {
      session.close();
      setView(OPENING);
    };
  }, [ref, src, statusUrl, eventsUrl, preset, targetLatency]);
  const { phase } = view;
  useEffect(() => {
    latest.current.onPhase?.(phase);
  }, [phase]);
  return view;
}

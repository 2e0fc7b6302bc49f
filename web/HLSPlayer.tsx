/**
 * A live camera out of a storage bucket, which tells the truth about it.
 *
 *     <HLSPlayer src={camera.stream_url} />
 *
 * `src` is the address of stream.m3u8. The ref is the <video>, and so are all props not named below. In the console
 * `document.querySelector('video').hls` is the hls.js instance.
 */
import {
  forwardRef,
  useCallback,
  useImperativeHandle,
  useMemo,
  useRef,
  useState,
  type ComponentPropsWithoutRef,
  type KeyboardEvent,
} from "react";
import { Controls, KEYS, type Action } from "./live/Controls";
import { goLive } from "./live/hls";
import { labelsWith, type SomeLabels } from "./live/labels";
import type { Sample } from "./live/latency";
import { Announcement, Notice } from "./live/Notice";
import { keepPicture } from "./live/picture";
import { Poster } from "./live/Poster";
import { toggleFullScreen, togglePictureInPicture } from "./live/screen";
import { extended } from "./live/sparkline";
import { Stats } from "./live/Stats";
import { useLive, type LiveOptions } from "./live/useLive";
import { useMedia } from "./live/useMedia";
import { wordsFor } from "./live/words";
import "./player.css";

export type { Authorization } from "./live/access";
export type { Preset } from "./live/config";
export { ENGLISH, type Labels, type SomeLabels } from "./live/labels";
export type { Sample } from "./live/latency";
export type { Phase } from "./live/machine";
export type { LiveError } from "./live/playback";

type VideoProps = Omit<ComponentPropsWithoutRef<"video">, "src" | "children" | "onError">;

export interface HLSPlayerProps extends VideoProps, Omit<LiveOptions, "onStill"> {
  /** The playlist's address. */
  src: string;
  /** Shown until there is a picture. Default: `snapshot.jpg` beside the playlist. */
  poster?: string;
  /** The player's own buttons and keys, made for live. Default: true. */
  controls?: boolean;
  /** Read out what changes to those who listen. A wall of cameras does so itself. Default: true. */
  announces?: boolean;
  /** Words to put in the place of the English ones. */
  labels?: SomeLabels;
}

/** `className` and `style` go to the frame around the video; `.hls-player[data-phase]` tells the phase to a style sheet. */
export const HLSPlayer = forwardRef<HTMLVideoElement, HLSPlayerProps>(function HLSPlayer(props, ref) {
  const {
    src,
    className,
    style,
    poster,
    controls = true,
    announces = true,
    labels: own,
    "aria-label": label,
    ...others
  } = props;
  const { statusUrl, eventsUrl, pauseWhenHidden, preset, targetLatency, hlsConfig, loadHls, ...rest } =
    others;
  const { authorization, headers, onPhase, onLatency, onError, ...native } = rest;
  const frame = useRef<HTMLDivElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const still = useRef<HTMLCanvasElement>(null);
  useImperativeHandle<HTMLVideoElement | null, HTMLVideoElement | null>(ref, () => video.current, []);

  const [taken, setTaken] = useState<{ of: string; samples: readonly Sample[] }>({ of: src, samples: [] });
  const samples = taken.of === src ? taken.samples : [];
  const [showsStats, setShowsStats] = useState(false);
  const labels = useMemo(() => labelsWith(own), [own]);
  const media = useMedia(video);
  const onStill = useCallback(() => {
    keepPicture(video.current, still.current);
  }, []);
  const onSample = (sample: Sample) => {
    setTaken(({ of, samples }) => ({ of: src, samples: extended(of === src ? samples : [], sample) }));
    onLatency?.(sample);
  };
  const view = useLive(video, src, {
    ...{
      statusUrl,
      eventsUrl,
      pauseWhenHidden,
      preset,
      targetLatency,
      hlsConfig,
      loadHls,
      authorization,
      headers,
    },
    ...{ onPhase, onError, onStill, onLatency: onSample },
  });
  const { phase, status } = view;
  const isStopped = phase === "paused" || phase === "autoplay-blocked";
  const words = wordsFor(view, new Date(), labels);
  const latency = phase === "live" || phase === "behind" ? samples.at(-1)?.latency : null;

  const act = (action: Action) => {
    const element = video.current;
    // The button pressed may be gone in a moment, and the keys with it.
    if (action === "goLive") frame.current?.focus({ preventScroll: true });
    if (action === "stats") setShowsStats(!showsStats);
    else if (action === "fullScreen") toggleFullScreen(frame.current, element);
    else if (action === "pictureInPicture") togglePictureInPicture(element);
    else if (element && action === "mute") element.muted = !element.muted;
    else if (element && action === "play" && !element.paused) element.pause();
    else if (element) goLive(element);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const action = KEYS[event.key.toLowerCase()];
    const isForButton = event.key === " " && event.target instanceof HTMLButtonElement;
    if (!controls || !action || isForButton || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act(action);
  };

  return (
    <div
      ref={frame}
      className={["hls-player", className].filter(Boolean).join(" ")}
      style={style}
      data-phase={phase}
      role="group"
      aria-label={label ?? status?.name ?? labels.player}
      tabIndex={controls ? 0 : undefined}
      onKeyDown={onKeyDown}
    >
      <Poster
        key={`poster ${src}`}
        {...{ video, src, poster }}
        isMissing={phase !== "connecting" && phase !== "live"}
        credentials={{ authorization, headers }}
      />
      <canvas key={src} ref={still} className="hls-player-picture" aria-hidden="true" />
      <video autoPlay muted playsInline {...native} ref={video} className="hls-player-picture" />
      <Notice
        words={words}
        delay={latency == null ? null : labels.stats.seconds.replace("{seconds}", latency.toFixed(1))}
      />
      {announces && <Announcement words={words} />}
      {isStopped && (
        <button
          type="button"
          className="hls-player-play"
          onClick={() => {
            act("goLive");
          }}
        >
          {labels.controls.play}
        </button>
      )}
      {showsStats && (
        <Stats labels={labels.stats} samples={samples} publishLag={status?.publishLag ?? null} />
      )}
      {controls && (
        <Controls
          labels={labels.controls}
          media={media}
          playing={!isStopped}
          behind={phase === "behind"}
          hasSound={view.hasSound}
          stats={showsStats}
          onAction={act}
        />
      )}
    </div>
  );
});

export default HLSPlayer;

/**
 * A live camera out of a storage bucket, which tells the truth about it.
 *
 *     <HLSPlayer src={camera.stream_url} />
 *
 * `src` is the address of stream.m3u8. The ref is the <video>, and so are all props not named below. In the console
 * `document.querySelector('video').hls` is the hls.js instance.
 */
import { forwardRef, useCallback, useImperativeHandle, useRef, type ComponentPropsWithoutRef } from "react";
import { goLive } from "./live/hls";
import { useLive, type LiveOptions } from "./live/useLive";
import { wordsFor, type Words } from "./live/words";
import "./player.css";

export type { Phase } from "./live/machine";
export type { LiveError } from "./live/playback";

type VideoProps = Omit<ComponentPropsWithoutRef<"video">, "src" | "children" | "onError">;

export interface HLSPlayerProps extends VideoProps, Omit<LiveOptions, "onStill"> {
  /** The playlist's address. */
  src: string;
}

/** `className` and `style` go to the frame around the video; `.hls-player[data-phase]` tells the phase to a style sheet. */
export const HLSPlayer = forwardRef<HTMLVideoElement, HLSPlayerProps>(function HLSPlayer(props, ref) {
  const { src, className, style, statusUrl, hlsConfig, loadHls, onPhase, onError, ...native } = props;
  const video = useRef<HTMLVideoElement>(null);
  const still = useRef<HTMLCanvasElement>(null);
  useImperativeHandle<HTMLVideoElement | null, HTMLVideoElement | null>(ref, () => video.current, []);

  const onStill = useCallback(() => {
    keepPicture(video.current, still.current);
  }, []);
  const view = useLive(video, src, { statusUrl, hlsConfig, loadHls, onPhase, onError, onStill });
  // A browser's controls cover the last picture with a ground and a spinner of their own as soon as there is no video.
  const isPlayable = ["live", "paused", "autoplay-blocked"].includes(view.phase);
  const play = () => {
    if (video.current) goLive(video.current);
  };

  return (
    <div
      className={["hls-player", className].filter(Boolean).join(" ")}
      style={style}
      data-phase={view.phase}
    >
      <canvas key={src} ref={still} className="hls-player-picture" aria-hidden="true" />
      <video
        autoPlay
        muted
        playsInline
        {...native}
        controls={native.controls && isPlayable}
        ref={video}
        className="hls-player-picture"
      />
      <Notice words={wordsFor(view, new Date())} />
      {(view.phase === "paused" || view.phase === "autoplay-blocked") && (
        <button type="button" className="hls-player-play" onClick={play}>
          Play
        </button>
      )}
    </div>
  );
});

/** The badge, and over a picture that is not live what is the matter. Read out when it changes. */
function Notice({ words }: { words: Words }) {
  return (
    <div className="hls-player-notice" role="status" aria-live="polite">
      <span className="hls-player-badge">{words.label}</span>
      {words.headline !== null && (
        <div className="hls-player-message">
          <strong>{words.headline}</strong>
          {words.detail !== null && <span>{words.detail}</span>}
          {words.advice !== null && <span>{words.advice}</span>}
        </div>
      )}
    </div>
  );
}

/** Copy the picture on show behind the video: it is seen there while the video has none. */
function keepPicture(video: HTMLVideoElement | null, still: HTMLCanvasElement | null): void {
  if (!video || !still || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
  still.width = video.videoWidth;
  still.height = video.videoHeight;
  still.getContext("2d")?.drawImage(video, 0, 0);
}

export default HLSPlayer;

import type { Labels } from "./labels";
import type { Media } from "./useMedia";

/** What a viewer may do. Each has a key as well. */
export type Action = "play" | "mute" | "goLive" | "stats" | "pictureInPicture" | "fullScreen";

/** The key of each action, as `KeyboardEvent.key` has it in lower case. */
export const KEYS: Readonly<Record<string, Action>> = {
  " ": "play",
  k: "play",
  m: "mute",
  l: "goLive",
  i: "stats",
  p: "pictureInPicture",
  f: "fullScreen",
};

interface ControlsProps {
  readonly labels: Labels["controls"];
  readonly media: Media;
  readonly playing: boolean;
  readonly behind: boolean;
  readonly hasSound: boolean;
  readonly stats: boolean;
  readonly onAction: (action: Action) => void;
}

/** The bar of a live camera: there is no time to drag along, and no sound to set where there is none. */
export function Controls({ labels, media, playing, behind, hasSound, stats, onAction }: ControlsProps) {
  const button = (action: Action, label: string, shortcut: string, icon: string, pressed?: boolean) => (
    <button
      type="button"
      className="hls-player-button"
      aria-label={label}
      aria-pressed={pressed}
      aria-keyshortcuts={shortcut}
      title={`${label} (${shortcut})`}
      onClick={() => {
        onAction(action);
      }}
    >
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <path d={icon} />
      </svg>
    </button>
  );
  return (
    <div className="hls-player-controls">
      {button("play", playing ? labels.pause : labels.play, "k", playing ? ICONS.pause : ICONS.play)}
      {hasSound &&
        button(
          "mute",
          media.muted ? labels.unmute : labels.mute,
          "m",
          media.muted ? ICONS.muted : ICONS.sound,
        )}
      {behind && (
        <button
          type="button"
          className="hls-player-golive"
          aria-keyshortcuts="l"
          onClick={() => {
            onAction("goLive");
          }}
        >
          {labels.goLive}
        </button>
      )}
      <span className="hls-player-space" />
      {button("stats", labels.stats, "i", ICONS.stats, stats)}
      {media.canPictureInPicture &&
        button("pictureInPicture", labels.pictureInPicture, "p", ICONS.inset, media.pictureInPicture)}
      {media.canFillScreen &&
        button(
          "fullScreen",
          media.fullScreen ? labels.leaveFullScreen : labels.fullScreen,
          "f",
          media.fullScreen ? ICONS.leave : ICONS.fill,
        )}
    </div>
  );
}

/** Paths on a field of 24 by 24. */
const ICONS = {
  play: "M8 5v14l11-7z",
  pause: "M7 5h4v14H7zM13 5h4v14h-4z",
  sound: "M4 9v6h4l5 4V5L8 9zM15.5 8.5a5 5 0 0 1 0 7l1.2 1.2a6.7 6.7 0 0 0 0-9.4z",
  muted:
    "M4 9v6h4l5 4V5L8 9zM15 9.8 16.2 8.6 18.4 10.8 20.6 8.6 21.8 9.8 19.6 12 21.8 14.2 20.6 15.4 18.4 13.2 16.2 15.4 15 14.2 17.2 12z",
  stats: "M4 18V13h3v5zM10.5 18V6h3v12zM17 18v-8h3v8z",
  inset: "M3 5h18v14H3zM5 7v10h14V7zM12 12h6v4h-6z",
  fill: "M4 9V4h5v2H6v3zM15 4h5v5h-2V6h-3zM18 15h2v5h-5v-2h3zM4 15h2v3h3v2H4z",
  leave: "M9 4v5H4V7h3V4zM15 4h2v3h3v2h-5zM15 15h5v2h-3v3h-2zM4 15h5v5H7v-3H4z",
} as const;

import { act, type ReactNode } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach } from "vitest";

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

// jsdom has no pictures, and so drops none.
HTMLVideoElement.prototype.getVideoPlaybackQuality = () =>
  ({ totalVideoFrames: 0, droppedVideoFrames: 0 }) as VideoPlaybackQuality;

let root: Root | null = null;
let place: HTMLElement | null = null;

/** Show this, in the place of what was shown before. */
export async function show(node: ReactNode): Promise<HTMLElement> {
  place ??= document.body.appendChild(document.createElement("div"));
  root ??= createRoot(place);
  await act(async () => {
    root?.render(node);
    await Promise.resolve();
  });
  return place;
}

/** Wait until this holds on the screen, for two seconds at most. */
export async function eventually(assertion: () => void): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    // Nothing may change between two looks but under React's eyes.
    await act(() => new Promise((resolve) => setTimeout(resolve, 10)));
    try {
      assertion();
      return;
    } catch (error) {
      if (tries === 200) throw error;
    }
  }
}

/** Take it off the screen. */
export async function leave(): Promise<void> {
  await act(async () => {
    root?.unmount();
    await Promise.resolve();
  });
  place?.remove();
  root = place = null;
}

afterEach(leave);

import { act, type ComponentProps } from "react";
import { afterEach, beforeEach, expect, vi } from "vitest";
import { HLSPlayer } from "../HLSPlayer";
import { FakeHls, loadFakeHls, theHls } from "./fakeHls";
import { leave } from "./screen";

export const SRC = "https://store.example/cam/stream.m3u8";

/** A player of an address that nobody is at, with what a test has of hls.js. */
export function Player(props: Partial<ComponentProps<typeof HLSPlayer>>) {
  return <HLSPlayer src={SRC} statusUrl={null} loadHls={loadFakeHls} {...props} />;
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(async () => {
  await leave();
  expect(FakeHls.alive).toEqual([]);
  FakeHls.supported = true;
  vi.useRealTimers();
});

export const query = (selector: string) => document.querySelector<HTMLElement>(selector);
export const video = () => query("video") as HTMLVideoElement;
export const phase = () => query(".hls-player")?.dataset["phase"];
export const announced = () => query("[role=status]")?.textContent;
export const noticed = () => query(".hls-player-notice")?.textContent;
export const button = (label: string) => query(`button[aria-label="${label}"]`);

/** What jsdom's video says of itself: that it plays, or that it has nothing to play. Its canvas draws nothing. */
export function pretend({ plays }: { plays: boolean }): void {
  Object.defineProperty(video(), "paused", { value: false, configurable: true });
  (query("canvas") as HTMLCanvasElement).getContext = () => null;
  Object.defineProperty(video(), "readyState", { value: plays ? 4 : 1, configurable: true });
}

/** Let a segment's time pass, picture by picture; then another playlist arrives. */
export async function stream(seconds: number, mediaSequence: number): Promise<void> {
  pretend({ plays: true });
  for (let passed = 0; passed < seconds; passed += 0.5) {
    await act(() => {
      if (passed % 2 === 0) theHls().playlist(mediaSequence + passed / 2);
      video().currentTime += 0.5;
      return vi.advanceTimersByTimeAsync(500);
    });
  }
}

export const wait = (seconds: number) => act(() => vi.advanceTimersByTimeAsync(seconds * 1000));
export const fire = (type: string) =>
  act(async () => {
    video().dispatchEvent(new Event(type));
    await vi.advanceTimersByTimeAsync(0);
  });

/** As a click on the video's own button would. */
export async function pausePicture(): Promise<void> {
  Object.defineProperty(video(), "paused", { value: true, configurable: true });
  await fire("pause");
}

/** How often the video is asked to play from now on. */
export function countPlays(): () => number {
  let asked = 0;
  video().play = () => Promise.resolve(void (asked += 1));
  return () => asked;
}

import { chromium, type Browser, type Page } from "playwright-core";
import { expect } from "vitest";
import type { Phase } from "../../live/machine";
import { CENTRES, PICTURE, readClock } from "./clock";

export const EXECUTABLE = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
// No autoplay flag: a muted video has to start by itself under the browser's own rules.
export const FLAGS = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const launch = (): Promise<Browser> => chromium.launch({ executablePath: EXECUTABLE, args: FLAGS });

/** What a page did that nobody wants to see. */
export interface Record {
  /** Errors and warnings on the console, exceptions. */
  readonly complaints: string[];
  /** Every address asked for. */
  readonly requests: URL[];
}

export function record(page: Page): Record {
  const seen: Record = { complaints: [], requests: [] };
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) seen.complaints.push(message.text());
  });
  page.on("pageerror", (error) => seen.complaints.push(error.message));
  page.on("request", (request) => seen.requests.push(new URL(request.url())));
  return seen;
}

/** A picture on the screen: when it was shown and, by the clock in it, when it was taken. Unix milliseconds. */
export interface Picture {
  readonly shownAt: number;
  readonly takenAt: number;
}

/** Look at the page's video, or at its preview, for so many seconds, picture by picture. */
export async function look(page: Page, seconds: number): Promise<Picture[]> {
  const frames = await page.evaluate(sample, { seconds, centres: CENTRES, picture: PICTURE });
  return frames.map(({ shownAt, lumas }) => {
    const takenAt = readClock(lumas, shownAt);
    if (takenAt === null) throw new Error("A picture was shown whose clock cannot be read.");
    return { shownAt, takenAt };
  });
}

interface Sampling {
  seconds: number;
  centres: typeof CENTRES;
  picture: typeof PICTURE;
}

/** Runs in the page. */
function sample({ seconds, centres, picture }: Sampling): Promise<{ shownAt: number; lumas: number[] }[]> {
  const shown = document.querySelector<HTMLVideoElement | HTMLImageElement>("video, .preview img");
  const canvas = new OffscreenCanvas(picture.width, picture.height).getContext("2d", {
    willReadFrequently: true,
  });
  if (!shown || !canvas) throw new Error("There is no picture to look at.");
  const frames: { shownAt: number; lumas: number[] }[] = [];
  const onFrame = () => {
    canvas.drawImage(shown, 0, 0, picture.width, picture.height);
    const lumas = centres.map(({ x, y }) => canvas.getImageData(x, y, 1, 1).data[1] ?? 0);
    frames.push({ shownAt: Date.now(), lumas });
    next();
  };
  const next = () => {
    if (shown instanceof HTMLVideoElement) shown.requestVideoFrameCallback(onFrame);
    else requestAnimationFrame(onFrame);
  };
  next();
  return new Promise((resolve) => {
    setTimeout(resolve, seconds * 1000, frames);
  });
}

/** Resolves when the page's player shows this phase. */
export async function untilPhase(page: Page, phase: string, seconds: number): Promise<void> {
  const selector = `.hls-player[data-phase="${phase}"]`;
  await page.waitForSelector(selector, { timeout: seconds * 1000 }).catch(async () => {
    const shown = await page.getAttribute(".hls-player", "data-phase");
    throw new Error(`The player is not ${phase} after ${seconds} s, but ${shown ?? "not there"}.`);
  });
}

/** Without those that a busy machine may bring about: it falls behind for a moment, and catches up. */
export const troubles = (phases: readonly Phase[]): Phase[] =>
  phases.filter((phase) => phase !== "live" && phase !== "behind");

/**
 * Seconds that a live picture is old at most, in segments of 2 s: two of them from the newest, as many again before it is
 * called behind, and a second for the upload.
 */
export const OLDEST = 9;

/** The pictures moved, one after the other, as fast as time went by but for `leap` seconds; and they are of now. */
export function expectLive(pictures: readonly Picture[], seconds: number, leap = 2): void {
  const taken = pictures.map(({ takenAt }) => takenAt);
  expect(taken).toEqual([...taken].sort((a, b) => a - b));
  // On a busy machine FFmpeg shows a picture twice now and then.
  expect(new Set(taken).size).toBeGreaterThan(taken.length / 2);
  const [first, last] = [pictures[0], pictures.at(-1)];
  if (!first || !last) throw new Error("No picture was shown.");
  expect(last.shownAt - first.shownAt).toBeGreaterThan((seconds - 1) * 1000);
  expect(Math.abs(last.takenAt - first.takenAt - (last.shownAt - first.shownAt))).toBeLessThan(leap * 1000);
  const ages = pictures.map(({ shownAt, takenAt }) => (shownAt - takenAt) / 1000);
  expect(Math.min(...ages)).toBeGreaterThan(0);
  expect(Math.max(...ages)).toBeLessThan(OLDEST);
}

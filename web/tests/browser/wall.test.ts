import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { launch, record, type Record } from "./browser";
import { SHOP } from "./shop";
import { Worker } from "./worker";

let worker: Worker;
let browser: Browser;
let page: Page;
let seen: Record;

beforeAll(async () => {
  [worker, browser] = await Promise.all([Worker.start({}, undefined, SHOP), launch()]);
});
afterAll(async () => {
  await browser.close();
  await worker.stop();
});
beforeEach(async () => {
  page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
  seen = record(page);
});
afterEach(async () => {
  await page.close();
});

/** What each tile shows, in order. */
const phases = () =>
  page.evaluate(() =>
    Array.from(
      document.querySelectorAll<HTMLElement>(".camera-wall .hls-player"),
      (tile) => tile.dataset["phase"],
    ),
  );

/** Every one of the first so many tiles moves, or is a still because the machine has enough to do; and one moves. */
const untilSettled = (tiles: number) =>
  expect
    .poll(
      async () => {
        const shown = (await phases()).slice(0, tiles);
        return shown.includes("live") && shown.every((phase) => phase === "live" || phase === "still");
      },
      { timeout: 60_000 },
    )
    .toBe(true);

describe("a wall of nine", () => {
  it("plays, or shows stills of what the machine cannot play, and complains of nothing", async () => {
    await page.goto(worker.origin);
    await expect.poll(async () => (await phases()).length, { timeout: 10_000 }).toBe(9);
    await untilSettled(9);
    const moved = await page.evaluate(moving, 4);
    expect(moved.filter(Boolean).length).toBeGreaterThan(0);
    // What is called live moves, but for one that was caught in a moment.
    expect(moved.filter((one) => !one).length).toBeLessThan(2);
    expect(seen.complaints).toEqual([]);
    expect(
      new Set(seen.requests.map(({ protocol, origin }) => (protocol === "blob:" ? "blob:" : origin))),
    ).toEqual(new Set([worker.origin]));
  });

  it("shows one large on Enter and plays only that, and all again on Escape", async () => {
    await page.goto(worker.origin);
    await page.waitForSelector('.hls-player[data-phase="live"]', { timeout: 20_000 });
    await page.focus(".camera-wall-tile:nth-child(2) .camera-wall-open");
    await page.keyboard.press("Enter");
    const box = await page.locator('.camera-wall-tile[data-full="true"]').boundingBox();
    expect(box).toMatchObject({ x: 0, y: 0, width: 1280, height: 1000 });
    await expect.poll(() => page.locator("video").count(), { timeout: 15_000 }).toBe(1);
    await page.waitForSelector('[data-full="true"] .hls-player[data-phase="live"]', { timeout: 15_000 });
    await page.keyboard.press("Escape");
    await expect.poll(() => page.locator("video").count(), { timeout: 30_000 }).toBeGreaterThan(1);
    expect(seen.complaints).toEqual([]);
  });

  it("turns the last cameras into stills of their last picture while the browser cannot keep up", async () => {
    await page.goto(worker.origin);
    await untilSettled(9);
    await page.evaluate(toil, 12);
    await page.waitForSelector('.camera-wall-picture:has([data-phase="still"]) > canvas', {
      timeout: 15_000,
    });
    expect((await phases())[0]).not.toBe("still");
    const kept = await page.evaluate(() => {
      const stills = document.querySelectorAll<HTMLCanvasElement>(
        '.camera-wall-picture:has([data-phase="still"]) > canvas',
      );
      return [...stills].at(-1)?.width;
    });
    expect(kept).toBeGreaterThan(400);
    // And then of a snapshot, which is newer.
    const snapshot = page.locator('.hls-player[data-phase="still"]:has(img)').last();
    await expect.poll(() => snapshot.textContent(), { timeout: 15_000 }).toMatch(/^Still, \d+:\d\d:\d\d/);
    expect(await snapshot.locator("img").evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(426);
  });

  it("shows of a camera that is away its last snapshot, greyed, and why it is away", async () => {
    const picture = Buffer.from(
      await (await fetch(`${worker.origin}/api/cameras/cam_1/snapshot.jpg`)).arrayBuffer(),
    );
    await page.route(/\/api\/cameras\?/, async (route) => {
      const response = await route.fetch();
      const answer = (await response.json()) as { cameras: object[] };
      const lost = { state: "offline", reason: "The camera does not answer." };
      const cameras = answer.cameras
        .slice(0, 2)
        .map((camera, index) => ({ ...camera, ...(index === 1 && lost) }));
      await route.fulfill({ json: { ...answer, cameras } });
    });
    await page.route(/\/api\/cameras\/cam_2\/snapshot\.jpg/, (route) => route.fulfill({ status: 503 }));
    await page.route(/\/location_1\/cam_2\/snapshot\.jpg/, (route) =>
      route.fulfill({ body: picture, contentType: "image/jpeg" }),
    );
    await page.goto(worker.origin);
    const away = page.locator(".camera-wall-tile:nth-child(2) .hls-player");
    await expect.poll(() => away.locator("img").count(), { timeout: 15_000 }).toBe(1);
    expect(await away.getAttribute("data-phase")).toBe("offline");
    expect(await away.textContent()).toContain("The camera does not answer.");
    const image = away.locator("img");
    expect(await image.evaluate((shown) => getComputedStyle(shown).filter)).toContain("grayscale");
    expect(await image.evaluate((shown: HTMLImageElement) => shown.naturalWidth)).toBe(426);
  });

  it("plays on a phone only what is on its screen, and nothing is wider than that", async () => {
    await page.setViewportSize({ width: 390, height: 500 });
    await page.goto(worker.origin);
    await untilSettled(4);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    expect((await phases()).at(-1)).toBe("connecting");
    await page.goto(`${worker.origin}/cameras/cam_2`);
    await page.waitForSelector(".timeline rect", { timeout: 10_000 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    expect(await page.textContent(".legend")).toMatch(/\d+ in time/);
    expect(await page.textContent(".uplink")).toMatch(/The connection carried\d/);
    expect(seen.complaints).toEqual([]);
  });
});

/** For each player that is called live, whether its picture moves within so many seconds. Runs in the page. */
async function moving(seconds: number): Promise<boolean[]> {
  const videos = Array.from(
    document.querySelectorAll<HTMLVideoElement>('.hls-player[data-phase="live"] video'),
  );
  const before = videos.map(({ currentTime }) => currentTime);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  return videos.map(({ currentTime }, index) => currentTime > (before[index] ?? 0));
}

/** Leave the page no time for anything, for so many seconds. Runs in the page. */
function toil(seconds: number): void {
  const end = performance.now() + seconds * 1000;
  const work = () => {
    const until = performance.now() + 300;
    while (performance.now() < until);
    if (performance.now() < end) setTimeout(work, 20);
  };
  setTimeout(work, 0);
}

import type { Browser, Page, Route } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { expectLive, launch, look, record, untilPhase, type Record } from "./browser";
import { EVENTS, PLAYLIST, SEGMENT } from "./rig";
import { median } from "./slope";
import { Worker } from "./worker";

let worker: Worker;
let browser: Browser;
let page: Page;
let seen: Record;

beforeAll(async () => {
  [worker, browser] = await Promise.all([Worker.start(), launch()]);
});
afterAll(async () => {
  await browser.close();
  await worker.stop();
});
beforeEach(async () => {
  page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  seen = record(page);
});
afterEach(async () => {
  await page.close();
});

describe("the viewer page", () => {
  it("shows the camera's picture moving, and the clock in it going", async () => {
    await page.goto(worker.origin);
    await untilPhase(page, "live", 15);
    const pictures = await look(page, 6);
    expectLive(pictures, 6);
    const newest = pictures.at(-1);
    const delay = Number.parseFloat((await page.textContent(".hls-player-delay")) ?? "");
    expect(Math.abs(delay - ((newest?.shownAt ?? 0) - (newest?.takenAt ?? 0)) / 1000)).toBeLessThan(1.5);

    expect(await page.textContent("h2")).toBe("Floor Camera");
    expect(await page.inputValue("input")).toMatch(/\/location_1\/cam_floor\/stream\.m3u8$/);
    expect(await page.evaluate(() => document.querySelector("video")?.hls?.latency)).toBeGreaterThan(0);

    expect(seen.complaints).toEqual([]);
    expect(new Set(seen.requests.map(({ origin }) => origin))).toEqual(new Set([worker.origin]));
    const nonced = (pattern: RegExp) =>
      seen.requests
        .filter(({ pathname }) => pattern.test(pathname))
        .map(({ searchParams }) => searchParams.get("cacheNonce"));
    const playlists = nonced(/\.m3u8$/);
    expect(playlists).not.toContain(null);
    expect(new Set(playlists).size).toBe(playlists.length);
    const segments = nonced(/\.ts$/);
    expect(new Set(segments)).toEqual(new Set([null]));
  });

  it("leads to one camera, and back", async () => {
    await page.goto(worker.origin);
    await page.click("text=Floor Camera");
    await page.waitForURL("**/cameras/cam_floor");
    await untilPhase(page, "live", 15);
    expect(await page.textContent("h1")).toBe("Floor Camera");
    await page.reload();
    await untilPhase(page, "live", 15);
    await page.click("text=All cameras");
    await page.waitForSelector(".camera-wall-tile");
    expect(seen.complaints).toEqual([]);
  });
});

it("has the browser show pictures as they come, and not gather some first as for a recording", async () => {
  const session = await page.context().newCDPSession(page);
  const said: string[] = [];
  session.on("Media.playerMessagesLogged", ({ messages }) => {
    said.push(...messages.map(({ message }) => message));
  });
  await session.send("Media.enable");
  await page.goto(worker.origin);
  await untilPhase(page, "live", 15);
  await vi.waitUntil(() => said.some((message) => message.includes("low delay")), { timeout: 5000 });
});

it("aims a camera by pictures of now, which are made only while somebody looks", async () => {
  await page.goto(`${worker.origin}/cameras/cam_floor`);
  await untilPhase(page, "live", 15);
  const streaming = await worker.ffmpegs();
  await page.click("text=Aim this camera");
  await page.waitForFunction(
    () => document.querySelector<HTMLImageElement>(".preview img")?.naturalWidth === 854,
    undefined,
    { timeout: 10_000 },
  );
  expect((await worker.ffmpegs()).length).toBe(streaming.length + 1);
  const pictures = await look(page, 3);
  expect(new Set(pictures.map(({ takenAt }) => takenAt)).size).toBeGreaterThan(10);
  // Viewers are more than a segment behind: 2 s and what it takes to upload it.
  expect(median(pictures.map(({ shownAt, takenAt }) => shownAt - takenAt))).toBeLessThan(1500);
  await page.click("text=Back to what viewers see");
  await untilPhase(page, "live", 15);
  await expect.poll(() => worker.ffmpegs(), { timeout: 15_000 }).toEqual(streaming);
  expect(seen.complaints).toEqual([]);
});

it("plays although the network failed while the player itself was loading", async () => {
  await page.route(/\/hls\.light[\w.-]*\.js$/, (route) => route.abort("connectionreset"));
  await page.goto(`${worker.origin}/cameras/cam_floor`);
  await page.waitForTimeout(2000);
  expect(await page.getAttribute(".hls-player", "data-phase")).toBe("connecting");
  await page.unroute(/\/hls\.light[\w.-]*\.js$/);
  await untilPhase(page, "live", 15);
});

describe("the player goes on by itself", () => {
  // What the worker pushes comes another way, and keeps the picture going; here the store is the only one.
  beforeEach(async () => {
    await page.route(EVENTS, (route) => route.abort());
  });

  const answers: [string, (route: Route) => Promise<void>][] = [
    [
      "a playlist that is missing, as Supabase says it",
      (route) => route.fulfill({ status: 400, body: '{"statusCode":"404"}' }),
    ],
    ["a store that is down", (route) => route.fulfill({ status: 503 })],
    ["a store that refuses the connection", (route) => route.abort("connectionrefused")],
  ];

  it.each(answers)("after 8 s of %s", async (_name, answer) => {
    await page.goto(`${worker.origin}/cameras/cam_floor`);
    await untilPhase(page, "live", 15);
    await page.route(PLAYLIST, answer);
    const asked = seen.requests.length;
    await untilPhase(page, "reconnecting", 12);
    await page.waitForTimeout(4000);
    // Bounded: about one question a second, beside the page's own.
    expect(seen.requests.slice(asked).filter(({ pathname }) => PLAYLIST.test(pathname)).length).toBeLessThan(
      24,
    );
    await page.unroute(PLAYLIST);
    await untilPhase(page, "live", 20);
    expectLive(await look(page, 4), 4, 4);
  });

  it("after a playlist stood still, which is not live meanwhile, nor when it is opened", async () => {
    const frozen = await (await fetch(await playlistUrl())).text();
    await page.route(PLAYLIST, (route) =>
      route.fulfill({ body: frozen, contentType: "application/vnd.apple.mpegurl" }),
    );
    // Old enough not to be taken for young.
    await page.waitForTimeout(7000);
    await page.goto(`${worker.origin}/cameras/cam_floor`);
    const phases = await page.evaluate(watchPhases, 9);
    expect(phases).not.toContain("live");
    // Read later on a slow machine, it is old enough to be given up at once.
    expect(["reconnecting", "offline"]).toContain(phases.at(-1));
    await page.unroute(PLAYLIST);
    await untilPhase(page, "live", 20);
    expectLive(await look(page, 4), 4, 4);
  });
});

it("keeps the last picture, greyed, while segments do not come, and never calls it live", async () => {
  await page.goto(`${worker.origin}/cameras/cam_floor`);
  await untilPhase(page, "live", 15);
  await page.route(SEGMENT, (route) => route.fulfill({ status: 503 }));
  await untilPhase(page, "reconnecting", 12);
  // Long enough for the player to be rebuilt, which takes the picture out of the video.
  expect(await page.evaluate(watchPhases, 10)).toEqual(["reconnecting"]);
  expect(await page.evaluate(() => document.querySelector("video")?.readyState)).toBe(0);
  expect(await page.evaluate(() => document.querySelector("canvas")?.width)).toBe(854);
  await page.unroute(SEGMENT);
  await untilPhase(page, "live", 20);
  expectLive(await look(page, 4), 4, 4);
});

async function playlistUrl(): Promise<string> {
  const response = await fetch(`${worker.origin}/api/cameras/cam_floor`);
  return ((await response.json()) as { stream_url: string }).stream_url;
}

/** Every phase that shows within so many seconds. Runs in the page. */
function watchPhases(seconds: number): Promise<string[]> {
  const phases: string[] = [];
  const look = () => {
    const phase = document.querySelector<HTMLElement>(".hls-player")?.dataset["phase"];
    if (phase !== undefined && phase !== phases.at(-1)) phases.push(phase);
  };
  const timer = setInterval(look, 50);
  return new Promise((resolve) => {
    setTimeout(() => {
      clearInterval(timer);
      resolve(phases);
    }, seconds * 1000);
  });
}

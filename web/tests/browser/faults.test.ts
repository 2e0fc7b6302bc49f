import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { expectLive, launch, look, troubles, untilPhase } from "./browser";
import { say } from "./proxy";
import { EVENTS, PLAYLIST } from "./rig";
import { setStage } from "./stage";
import { Worker } from "./worker";

const stage = setStage();
let browser: Browser;
let page: Page;

beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
});
beforeEach(async () => {
  page = await browser.newPage();
  await stage.rig.open(page);
  await untilPhase(page, "live", 15);
  await page.evaluate(() => (window.diary.phases.length = 0));
});
afterEach(async () => {
  stage.rig.disarm();
  await page.close();
});

/** Live again within so many seconds, and that is where the picture should be, in the page that was opened first, with pictures of now. */
async function expectLiveAgain(seconds: number): Promise<void> {
  await untilPhase(page, "live", seconds);
  // It may still come nearer.
  expectLive(await look(page, 3), 3, 4);
}

/** Resolves when the picture stands or is old: what comes after it is a recovery. */
const untilTrouble = (seconds: number) =>
  page.waitForSelector('.hls-player:not([data-phase="live"])', { timeout: seconds * 1000 });

describe("without a reload the player lives through", () => {
  it("a crash of FFmpeg (row 53 with row 1)", async () => {
    await stage.worker.killFFmpeg();
    await page.waitForTimeout(6000);
    await expectLiveAgain(20);
  });

  it("a crash of FFmpeg that the playlist does not mark", async () => {
    stage.rig.proxy.arm(EVENTS, say(503));
    stage.rig.proxy.cut();
    stage.rig.proxy.arm(PLAYLIST, ({ pass }) =>
      pass((text) => text.replaceAll("#EXT-X-DISCONTINUITY\n", "")),
    );
    await stage.worker.killFFmpeg();
    await page.waitForTimeout(6000);
    await expectLiveAgain(20);
  });

  it("a crash of the worker, and its next start (row 53 with row 5)", async () => {
    await stage.worker.kill();
    await untilTrouble(12);
    stage.worker = await Worker.start({}, stage.worker);
    await expectLiveAgain(20);
  });

  it("the newest segments missing for 6 s", async () => {
    const text = await (
      await fetch(await page.evaluate(() => document.querySelector("video")?.hls?.url ?? ""))
    ).text();
    const newest = Number(/segment_(\d+)_/.exec(text.trim().split("\n").at(-1) ?? "")?.[1]);
    stage.rig.proxy.arm(/segment_(\d+)_/, ({ request, response, pass }) => {
      const number = Number(/segment_(\d+)_/.exec(request.url ?? "")?.[1]);
      if (number <= newest || number > newest + 3) return pass();
      response.writeHead(400, { "content-type": "application/json" }).end('{"statusCode":"404"}');
      return undefined;
    });
    await page.waitForTimeout(8000);
    await expectLiveAgain(20);
  });

  it("a network that goes and comes back (row 53 with row 32)", async () => {
    await page.context().setOffline(true);
    await untilPhase(page, "reconnecting", 12);
    expect(await page.textContent(".hls-player-message")).toContain("This device has no network.");
    await page.context().setOffline(false);
    await expectLiveAgain(20);
  });

  it("a change of networks, of which only the silence tells", async () => {
    stage.rig.proxy.strand();
    await untilTrouble(15);
    await expectLiveAgain(20);
  });

  it("a sleep of the machine", async () => {
    const session = await browser.newBrowserCDPSession();
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    const renderers = processInfo.filter(({ type }) => type === "renderer").map(({ id }) => id);
    expect(renderers).not.toEqual([]);
    for (const id of renderers) process.kill(id, "SIGSTOP");
    await new Promise((resolve) => setTimeout(resolve, 16_000));
    for (const id of renderers) process.kill(id, "SIGCONT");
    await untilTrouble(8);
    await expectLiveAgain(20);
  });

  it("a second of refusals now and then, without showing it (row 53 with row 24)", async () => {
    for (const status of [400, 429, 503]) {
      const disarm = stage.rig.proxy.arm(PLAYLIST, say(status));
      await page.waitForTimeout(1000);
      disarm();
      await page.waitForTimeout(3000);
    }
    expect(troubles(await page.evaluate(() => window.diary.phases))).toEqual([]);
  });
});

describe("the box tells the page what it stores", () => {
  const asked = (what: RegExp, since: number) =>
    stage.rig.proxy.requests.slice(since).filter((url) => what.test(url)).length;
  const until = (condition: () => boolean, seconds: number) =>
    vi.waitUntil(condition, { timeout: seconds * 1000, interval: 50 });
  const position = () => page.evaluate(() => document.querySelector("video")?.currentTime ?? 0);

  it("and when that is cut off in mid-play it asks again, without a stall, until it is told again", async () => {
    await until(() => asked(EVENTS, 0) > 0, 10);
    await page.waitForTimeout(3000);
    const pushed = stage.rig.proxy.requests.length;
    await page.waitForTimeout(6000);
    // Three playlists; asking for them takes five questions at least, and on a busy machine one may be told of too late.
    expect(asked(PLAYLIST, pushed)).toBeLessThanOrEqual(2);

    const cutAt = stage.rig.proxy.requests.length;
    const [opened, before] = [await page.evaluate(() => performance.timeOrigin), await position()];
    const heal = stage.rig.proxy.arm(EVENTS, say(503));
    expect(stage.rig.proxy.cut()).toBeGreaterThan(0);
    await page.waitForTimeout(10_000);
    // At 0.9 times its speed at least, and without having waited for a target duration.
    expect((await position()) - before).toBeGreaterThan(9 - 1);
    expect(asked(PLAYLIST, cutAt)).toBeGreaterThan(3);
    expect(troubles(await page.evaluate(() => window.diary.phases))).toEqual([]);
    expect(await page.evaluate(() => performance.timeOrigin)).toBe(opened);

    heal();
    const healed = stage.rig.proxy.requests.length;
    await until(() => asked(EVENTS, healed) > 0, 35);
    await page.waitForTimeout(3000);
    const again = stage.rig.proxy.requests.length;
    await page.waitForTimeout(6000);
    expect(asked(PLAYLIST, again)).toBeLessThanOrEqual(2);
  });
});

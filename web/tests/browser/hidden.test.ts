import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Phase } from "../../live/machine";
import { BareBrowser } from "./bareBrowser";
import { OLDEST } from "./browser";
import { setStage } from "./stage";

// A driver's page believes that it is seen whatever is before it; this one is really hidden.
const stage = setStage();
let browser: BareBrowser;

beforeEach(async () => {
  browser = await BareBrowser.open(stage.rig.address());
  await untilPhase("live", 15);
});
afterEach(async () => {
  await browser.close();
});

const untilPhase = (phase: Phase, seconds: number) =>
  expect.poll(() => browser.evaluate<Phase>("diary.phases.at(-1)"), { timeout: seconds * 1000 }).toBe(phase);

/** The picture moves, and it is of now. */
async function expectLive(): Promise<void> {
  const position = () => browser.evaluate<number>('document.querySelector("video").currentTime');
  const before = await position();
  await expect.poll(position, { timeout: 3000 }).toBeGreaterThan(before);
  const age = 'Date.now() - document.querySelector("video").hls.playingDate.getTime()';
  expect(await browser.evaluate<number>(age)).toBeLessThan(1000 * OLDEST);
}

it("a tab that is hidden for long asks for nothing, and shows now when it is seen again", async () => {
  const show = await browser.hide();
  // The browser may pause what is hidden at once, or leave it to the player, which rests after 15 s.
  await untilPhase("paused", 25);
  await sleep(16_000);
  const asked = stage.rig.proxy.requests.length;
  await sleep(4000);
  expect(stage.rig.proxy.requests.slice(asked)).toEqual([]);
  await show();
  await untilPhase("live", 20);
  await expectLive();
});

it("a tab that the browser froze before it could go to rest shows now when it is seen again", async () => {
  const show = await browser.hide();
  const thaw = await browser.freeze();
  await sleep(16_000);
  await thaw();
  await show();
  await untilPhase("live", 20);
  await expectLive();
});

it("a picture that its viewer had paused is paused when its tab is seen again, until it is played", async () => {
  await browser.evaluate('document.querySelector("video").pause()');
  await untilPhase("paused", 5);
  const show = await browser.hide();
  await sleep(17_000);
  const asked = stage.rig.proxy.requests.length;
  await browser.evaluate("diary.phases.length = 0");
  await show();
  // It is set up again: it loads what it would play.
  await expect
    .poll(() => browser.evaluate('document.querySelector("video").readyState'), { timeout: 10_000 })
    .toBeGreaterThan(2);
  await sleep(2000);
  expect(stage.rig.proxy.requests.length).toBeGreaterThan(asked);
  expect(await browser.evaluate('document.querySelector("video").paused')).toBe(true);
  expect(await browser.evaluate("diary.phases")).toEqual([]);
  await browser.evaluate('document.querySelector(".hls-player-play").click()');
  await untilPhase("live", 20);
  await expectLive();
});

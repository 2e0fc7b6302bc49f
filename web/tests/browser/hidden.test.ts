import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import type { Phase } from "../../live/machine";
import { BareBrowser } from "./bareBrowser";
import { Rig } from "./rig";
import { Worker } from "./worker";

// A driver's page believes that it is seen whatever is before it; this one is really hidden.
let worker: Worker;
let rig: Rig;
let browser: BareBrowser;

beforeAll(async () => {
  worker = await Worker.start();
  rig = await Rig.before(worker);
});
afterAll(async () => {
  await rig.stop();
  await worker.stop();
});
beforeEach(async () => {
  browser = await BareBrowser.open(rig.address());
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
  expect(await browser.evaluate<number>(age)).toBeLessThan(10_000);
}

it("a tab that is hidden for long asks for nothing, and shows now when it is seen again", async () => {
  const show = await browser.hide();
  await untilPhase("paused", 10);
  await sleep(16_000);
  const asked = rig.proxy.requests.length;
  await sleep(4000);
  expect(rig.proxy.requests.slice(asked)).toEqual([]);
  await show();
  await untilPhase("live", 10);
  await expectLive();
});

it("a tab that the browser froze before it could go to rest shows now when it is seen again", async () => {
  const show = await browser.hide();
  const thaw = await browser.freeze();
  await sleep(16_000);
  await thaw();
  await show();
  await untilPhase("live", 10);
  await expectLive();
});

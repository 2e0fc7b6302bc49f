import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { launch, untilPhase } from "./browser";
import { Proxy, say } from "./proxy";
import { UPLOAD } from "./rig";
import { Worker } from "./worker";

let store: Worker;
let uplink: Proxy;
let worker: Worker;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  [store, browser] = await Promise.all([Worker.start(), launch()]);
  uplink = await Proxy.start(store.origin);
  worker = await Worker.start({
    SUPABASE_URL: uplink.origin,
    SUPABASE_KEY: await store.storeKey(),
    SUPABASE_BUCKET: "elsewhere",
  });
});
afterAll(async () => {
  await browser.close();
  await worker.stop();
  await uplink.stop();
  await store.stop();
});
beforeEach(async () => {
  page = await browser.newPage();
  await page.goto(`${worker.origin}/cameras/cam_floor`);
});
afterEach(async () => {
  uplink.disarm();
  await page.close();
});

/** Until the timeline has a bar of this kind. */
const untilBar = (fate: string, seconds: number) =>
  page.waitForSelector(`.timeline rect[data-fate="${fate}"]`, { state: "attached", timeout: seconds * 1000 });
const legend = () => page.textContent(".timeline .legend");

it("a segment that took longer than it lasts stands out in the timeline, above the line", async () => {
  await untilBar("uploaded", 15);
  uplink.arm(UPLOAD, async ({ pass }) => {
    await new Promise((resolve) => setTimeout(resolve, 3000));
    await pass();
  });
  await untilBar("late", 15);
  expect(await legend()).toMatch(/\d+ in time\d+ late/);
  const [late, line] = await Promise.all([
    page.getAttribute('.timeline rect[data-fate="late"]', "y"),
    page.getAttribute(".timeline line.limit", "y1"),
  ]);
  expect(Number(late)).toBeLessThan(Number(line));
  expect(await page.textContent('.timeline rect[data-fate="late"] title')).toMatch(
    /with the viewers after \d/,
  );
});

it("segments that could not be uploaded in time are lost in the timeline, and the picture comes back", async () => {
  await untilPhase(page, "live", 20);
  uplink.arm(UPLOAD, say(503));
  await untilBar("lost", 30);
  expect(await page.getAttribute('.timeline rect[data-fate="lost"]', "height")).toBe("80");
  expect(await page.textContent('.timeline rect[data-fate="lost"] title')).toContain(": lost");
  uplink.disarm();
  await untilPhase(page, "live", 25);
});

import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { expectLive, launch, look, troubles, untilPhase } from "./browser";
import type { Fault } from "./proxy";
import { Rig } from "./rig";
import { Worker } from "./worker";

const BUCKET = "private_streams";
const FOLDER = `/storage/v1/object/authenticated/${BUCKET}/location_1/cam_floor`;

let store: Worker;
let worker: Worker;
let rig: Rig;
let browser: Browser;
let page: Page;
/** Who may watch now. */
let accepted: string;

/** The worker's own store knows one key; here it is behind a door that knows viewers, as Supabase does. */
function door(key: string): Fault {
  return ({ request, response, pass }) => {
    if (request.headers.authorization === `Bearer ${accepted}`)
      return pass(undefined, { authorization: `Bearer ${key}` });
    response.writeHead(400, { "content-type": "application/json", "access-control-allow-origin": "*" });
    const message = '"exp" claim timestamp check failed';
    response.end(JSON.stringify({ statusCode: "403", error: "Unauthorized", code: "AccessDenied", message }));
    return undefined;
  };
}

beforeAll(async () => {
  [store, browser] = await Promise.all([Worker.start(), launch()]);
  const key = await store.storeKey();
  worker = await Worker.start({
    SUPABASE_URL: store.origin,
    SUPABASE_KEY: key,
    SUPABASE_BUCKET: BUCKET,
    SUPABASE_BUCKET_PRIVATE: "true",
  });
  rig = await Rig.before(store);
  rig.proxy.arm(/authenticated/, door(key));
});
afterAll(async () => {
  await browser.close();
  await rig.stop();
  await worker.stop();
  await store.stop();
});
beforeEach(async () => {
  page = await browser.newPage();
  accepted = "first";
});
afterEach(async () => {
  await page.close();
});

const src = () => ({ src: `${rig.proxy.origin}${FOLDER}/stream.m3u8` });

it("a private bucket is played with a viewer's token, and its status is read", async () => {
  await rig.open(page, { ...src(), authorization: "first" });
  await untilPhase(page, "live", 10);
  expectLive(await look(page, 3), 3, 3);
  expect(await page.getAttribute(".hls-player", "aria-label")).toBe("Floor Camera");
});

it("nobody else watches it", async () => {
  await rig.open(page, { ...src(), authorization: "somebody" });
  await untilPhase(page, "no-permission", 10);
});

it("a token that is not accepted any more is replaced while the picture goes on", async () => {
  await rig.open(page, src(), { token: "first" });
  await untilPhase(page, "live", 10);
  await page.waitForTimeout(4000);
  const asked = await page.evaluate(() => {
    window.diary.phases.length = 0;
    return window.diary.asked;
  });
  accepted = "second";
  await page.evaluate(() => (window.diary.token = "second"));
  expectLive(await look(page, 8), 8);
  const diary = await page.evaluate(() => window.diary);
  expect(diary.asked).toBe(asked + 1);
  expect(troubles(diary.phases)).toEqual([]);
});

it("a viewer who signs in while the page is open watches within seconds", async () => {
  await rig.open(page, src(), { token: "nobody" });
  await untilPhase(page, "no-permission", 10);
  await page.evaluate(() => (window.diary.token = "first"));
  await untilPhase(page, "live", 10);
});

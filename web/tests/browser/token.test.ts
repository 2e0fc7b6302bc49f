import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { expectLive, launch, look, untilPhase } from "./browser";
import { Worker } from "./worker";

const TOKEN = "a&given#token=0123";
let worker: Worker;
let browser: Browser;
let elsewhere: Server;
let phone: BrowserContext;
let page: Page;
/** A site of its own for browsers: localhost, while the worker is 127.0.0.1. */
let site: string;

beforeAll(async () => {
  [worker, browser] = await Promise.all([Worker.start({ STOREFEED_TOKEN: TOKEN }), launch()]);
  elsewhere = createServer((_, response) => {
    const { origin } = worker;
    response.setHeader("content-type", "text/html");
    response.end(
      `<!doctype html><a id="link" href="${origin}/?token=${encodeURIComponent(TOKEN)}">link</a>
       <a id="plain" href="${origin}/cameras/cam_floor">plain</a>`,
    );
  }).listen(0, "127.0.0.1");
  await once(elsewhere, "listening");
  site = `http://localhost:${(elsewhere.address() as AddressInfo).port}/`;
});
afterAll(async () => {
  await browser.close();
  elsewhere.close();
  await worker.stop();
});
beforeEach(async () => {
  phone = await browser.newContext({ viewport: { width: 390, height: 844 } });
  page = await phone.newPage();
});
afterEach(async () => {
  await phone.close();
});

it("asks who comes without the token, tells a wrong one, and plays with the right one", async () => {
  const asked: URL[] = [];
  page.on("request", (request) => asked.push(new URL(request.url())));
  await page.goto(`${worker.origin}/cameras/cam_floor`);
  await page.waitForURL(/again=1$/);
  expect(await page.textContent("h1")).toBe("This worker shows its cameras to people who have its token.");
  // Nothing sticks out to the side of a phone, and a thumb hits what is to be hit.
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  expect((await page.locator("button").boundingBox())?.height).toBeGreaterThanOrEqual(44);
  await page.fill("input[name=token]", "another-token-0123");
  await page.click("button");
  expect(await page.textContent("[role=alert]")).toBe("That is not the token, or not any more.");
  await page.fill("input[name=token]", TOKEN);
  await page.click("button");
  await untilPhase(page, "live", 20);
  expect(page.url()).toBe(`${worker.origin}/cameras/cam_floor`);
  expectLive(await look(page, 4), 4, 3);
  await page.click("text=Aim this camera");
  await page.waitForFunction(
    () => (document.querySelector<HTMLImageElement>(".preview img")?.naturalWidth ?? 0) > 0,
  );
  expect(new Set(asked.map(({ origin }) => origin))).toEqual(new Set([worker.origin]));
});

it("opens by a link in a message, once and for all, and keeps the token out of sight", async () => {
  await page.goto(site);
  await page.click("#link");
  await page.waitForURL(`${worker.origin}/`);
  await page.waitForSelector(".camera-wall-tile");
  expect(await page.evaluate(() => [document.referrer, document.cookie])).toEqual(["", ""]);
  const [cookie] = await phone.cookies();
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict", path: "/" });
  expect(cookie?.value).not.toContain("given");
  await page.goBack();
  expect(page.url()).toBe(site);
  // Browsers keep the cookie back when another site leads here; the page asks once more, and nobody notices.
  await page.click("#plain");
  await page.waitForURL(`${worker.origin}/cameras/cam_floor`);
  await page.waitForSelector(".hls-player");
});

it("shows nothing to a page of another site, whoever has opened it", async () => {
  await page.goto(`${worker.origin}/?token=${encodeURIComponent(TOKEN)}`);
  await page.waitForSelector(".camera-wall-tile");
  await page.goto(site);
  const seen = await page.evaluate(async (origin) => {
    const paths = [
      "/api/cameras",
      "/metrics",
      "/storage/v1/object/public/streams/location_1/cam_floor/stream.m3u8",
    ];
    const answers = paths.map((path) =>
      fetch(origin + path, { credentials: "include" }).then(({ status }) => status),
    );
    const picture = new Image();
    picture.src = `${origin}/api/cameras/cam_floor/snapshot.jpg`;
    const drawn = picture.decode().then(() => "drawn");
    return (await Promise.allSettled([...answers, drawn])).map(({ status }) => status);
  }, worker.origin);
  expect(seen).toEqual(["rejected", "rejected", "rejected", "rejected"]);
});

import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, it } from "vitest";
import { launch, untilPhase } from "./browser";
import { hang, Proxy, say, type Fault } from "./proxy";
import { EVENTS, FOLDER, PLAYLIST, SEGMENT, STATUS, UPLOAD } from "./rig";
import { SHOP } from "./shop";
import { setStage } from "./stage";
import { Worker } from "./worker";

const PICTURES = path.resolve(import.meta.dirname, "../../../docs/pictures");
const pictureOf = (name: string) => path.join(PICTURES, `${name}.png`);

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
});

describe("the player", () => {
  const stage = setStage();
  let page: Page;

  beforeEach(async () => {
    page = await browser.newPage({ viewport: { width: 480, height: 270 } });
  });
  afterEach(async () => {
    stage.rig.disarm();
    await page.close();
  });

  const take = async (phase: string, seconds = 30) => {
    await untilPhase(page, phase, seconds);
    await page.evaluate(() => {
      document.body.style.margin = "0";
    });
    // What fades has faded.
    await page.waitForTimeout(700);
    await page.screenshot({ path: pictureOf(`player-${phase}`) });
  };
  const open = async (props: Record<string, unknown> = {}) => {
    // What is stored has to be asked for, so that it can be kept from coming.
    stage.rig.proxy.arm(EVENTS, say(503));
    await stage.rig.open(page, props);
    await untilPhase(page, "live", 15);
  };
  const box = (state: string, reason: string | null = null, advice: string | null = null): Fault =>
    say(200, { version: 1, name: "Floor Camera", state, beat: 7, since: new Date(), reason, advice });

  /** From now on nothing new comes, and the box says this. */
  const stop = async (status: Fault) => {
    const address = `${stage.worker.origin}${FOLDER}/stream.m3u8`;
    const frozen = await (await fetch(address)).text();
    stage.rig.proxy.arm(PLAYLIST, say(200, frozen));
    stage.rig.proxy.arm(STATUS, status);
  };

  it("live", async () => {
    await open();
    await page.waitForSelector(".hls-player-delay");
    await take("live");
  });

  it("behind", async () => {
    // Otherwise it catches up before it can be seen.
    await open({ preset: "documented", hlsConfig: { liveMaxLatencyDurationCount: 20 } });
    await page.focus(".hls-player");
    await page.keyboard.press("k");
    await untilPhase(page, "paused", 2);
    await page.waitForTimeout(4000);
    await page.evaluate(() => document.querySelector("video")?.play());
    await take("behind");
  });

  it("paused", async () => {
    await open();
    await page.waitForTimeout(2000);
    await page.evaluate(() => {
      document.querySelector("video")?.pause();
    });
    await take("paused");
  });

  const words: [string, Fault][] = [
    ["reconnecting", box("live")],
    [
      "offline",
      box(
        "offline",
        "The camera does not answer.",
        "Check that it has power and that its network cable is plugged in.",
      ),
    ],
    [
      "not-uploading",
      box("not_uploading", "The storage does not answer.", "Check the internet connection of this box."),
    ],
    ["idle", box("idle")],
    ["stopped", box("stopped", "The worker was stopped.", "Start it again to see this camera.")],
  ];
  it.each(words)("%s, over its last picture", async (phase, status) => {
    await open();
    await page.waitForTimeout(1500);
    await stop(status);
    await take(phase);
  });

  it("connecting", async () => {
    stage.rig.proxy.arm(PLAYLIST, hang);
    await stage.rig.open(page);
    await page.waitForTimeout(1000);
    await take("connecting");
  });

  it("not configured", async () => {
    await stage.rig.open(page, {
      src: `${stage.rig.proxy.origin}${FOLDER.replace("cam_floor", "cam_none")}/stream.m3u8`,
    });
    await take("not-configured");
  });

  it("no permission", async () => {
    await stage.rig.open(page, {
      src: `${stage.rig.proxy.origin}${FOLDER.replace("/public/", "/authenticated/")}/stream.m3u8`,
    });
    await take("no-permission");
  });

  it("at capacity", async () => {
    await open();
    await page.waitForTimeout(1500);
    stage.rig.proxy.arm(PLAYLIST, say(429));
    stage.rig.proxy.arm(SEGMENT, say(429));
    await take("at-capacity");
  });

  it("autoplay blocked", async () => {
    // To look into the page counts as a click in it.
    await stage.rig.open(page, { muted: false }, { report: "1" });
    const deadline = Date.now() + 15_000;
    while (stage.rig.reported !== "autoplay-blocked" && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await take("autoplay-blocked", 2);
  });

  it("unsupported", async () => {
    await page.addInitScript(() => {
      for (const name of ["MediaSource", "WebKitMediaSource", "ManagedMediaSource"])
        Reflect.deleteProperty(window, name);
      HTMLMediaElement.prototype.canPlayType = () => "";
    });
    await stage.rig.open(page);
    await take("unsupported");
  });
});

/** What stands on a screen of this size, two and a half seconds after it is `until`. */
async function take(
  name: string,
  url: string,
  { colorScheme, ...viewport }: { width: number; height: number; colorScheme: "dark" | "light" },
  until: (page: Page) => Promise<unknown>,
): Promise<void> {
  const page = await browser.newPage({ viewport, colorScheme });
  await page.goto(url);
  await until(page);
  await page.waitForTimeout(2500);
  await page.screenshot({ path: pictureOf(name) });
  await page.close();
}

describe("the wall", () => {
  let worker: Worker;

  beforeAll(async () => {
    // One camera is not there.
    const shop = SHOP.replace(
      /("Loading bay"\n {2}rtsp_url: )"testsrc:\/\/"/,
      '$1"rtsp://127.0.0.1:9/stream"',
    );
    worker = await Worker.start({}, undefined, shop);
  });
  afterAll(async () => {
    await worker.stop();
  });

  it("on a desk", async () => {
    await take("wall", worker.origin, { width: 1280, height: 900, colorScheme: "dark" }, (page) =>
      page.waitForFunction(
        () =>
          document.querySelectorAll('.hls-player:is([data-phase="live"], [data-phase="offline"])').length ===
          9,
        undefined,
        { timeout: 60_000 },
      ),
    );
  });

  it("on a phone", async () => {
    await take("wall-phone", worker.origin, { width: 390, height: 844, colorScheme: "light" }, (page) =>
      untilPhase(page, "live", 20),
    );
  });
});

describe("a camera's page", () => {
  let store: Worker;
  let uplink: Proxy;
  let worker: Worker;

  beforeAll(async () => {
    store = await Worker.start();
    uplink = await Proxy.start(store.origin);
    const variables = { SUPABASE_URL: uplink.origin, SUPABASE_KEY: await store.storeKey() };
    worker = await Worker.start({ ...variables, SUPABASE_BUCKET: "pictures" });
  });
  afterAll(async () => {
    await worker.stop();
    await uplink.stop();
    await store.stop();
  });

  it("after a slow connection, one that broke, and a crash of FFmpeg", { timeout: 180_000 }, async () => {
    await sleep(30_000);
    uplink.arm(UPLOAD, async ({ pass }) => {
      await sleep(2500);
      await pass();
    });
    await sleep(7000);
    uplink.disarm();
    await sleep(12_000);
    uplink.arm(UPLOAD, say(503));
    await sleep(18_000);
    uplink.disarm();
    await sleep(12_000);
    await worker.killFFmpeg();
    await sleep(14_000);
    const page = `${worker.origin}/cameras/cam_floor`;
    const whole = async (page: Page) => {
      await untilPhase(page, "live", 20);
      await page.waitForSelector('.timeline rect[data-fate="late"]', { state: "attached", timeout: 5000 });
      await page.waitForSelector('.timeline rect[data-fate="lost"]', { state: "attached", timeout: 5000 });
      await page.click(".history summary");
    };
    await take("camera", page, { width: 1280, height: 1050, colorScheme: "dark" }, whole);
    await take("camera-phone", page, { width: 390, height: 1400, colorScheme: "light" }, whole);
  });
});

import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, it } from "vitest";
import { launch, untilPhase } from "./browser";
import { hang, say, type Fault } from "./proxy";
import { FOLDER, PLAYLIST, Rig, SEGMENT, STATUS } from "./rig";
import { SHOP } from "./shop";
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
  let worker: Worker;
  let rig: Rig;
  let page: Page;

  beforeAll(async () => {
    worker = await Worker.start();
    rig = await Rig.before(worker);
  });
  afterAll(async () => {
    await rig.stop();
    await worker.stop();
  });
  beforeEach(async () => {
    page = await browser.newPage({ viewport: { width: 480, height: 270 } });
  });
  afterEach(async () => {
    rig.disarm();
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
    await rig.open(page, props);
    await untilPhase(page, "live", 15);
  };
  const box = (state: string, reason: string | null = null, advice: string | null = null): Fault =>
    say(200, { version: 1, name: "Floor Camera", state, beat: 7, since: new Date(), reason, advice });

  /** From now on nothing new comes, and the box says this. */
  const stop = async (status: Fault) => {
    const address = `${worker.origin}${FOLDER}/stream.m3u8`;
    const frozen = await (await fetch(address)).text();
    rig.proxy.arm(PLAYLIST, say(200, frozen));
    rig.proxy.arm(STATUS, status);
  };

  it("live", async () => {
    await open();
    await page.waitForSelector(".hls-player-delay");
    await take("live");
  });

  it("behind", async () => {
    // The other preset catches up before it can be seen.
    await open({ preset: "documented" });
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
    rig.proxy.arm(PLAYLIST, hang);
    await rig.open(page);
    await page.waitForTimeout(1000);
    await take("connecting");
  });

  it("not configured", async () => {
    await rig.open(page, {
      src: `${rig.proxy.origin}${FOLDER.replace("cam_floor", "cam_none")}/stream.m3u8`,
    });
    await take("not-configured");
  });

  it("no permission", async () => {
    await rig.open(page, {
      src: `${rig.proxy.origin}${FOLDER.replace("/public/", "/authenticated/")}/stream.m3u8`,
    });
    await take("no-permission");
  });

  it("at capacity", async () => {
    await open();
    await page.waitForTimeout(1500);
    rig.proxy.arm(PLAYLIST, say(429));
    rig.proxy.arm(SEGMENT, say(429));
    await take("at-capacity");
  });

  it("autoplay blocked", async () => {
    // To look into the page counts as a click in it.
    await rig.open(page, { muted: false }, { report: "1" });
    const deadline = Date.now() + 15_000;
    while (rig.reported !== "autoplay-blocked" && Date.now() < deadline) {
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
    await rig.open(page);
    await take("unsupported");
  });
});

describe("the worker's page", () => {
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

  const take = async (
    name: string,
    where: string,
    size: { width: number; height: number },
    colorScheme: "dark" | "light",
    until: (page: Page) => Promise<unknown>,
  ) => {
    const page = await browser.newPage({ viewport: size, colorScheme });
    await page.goto(`${worker.origin}${where}`);
    await until(page);
    await page.waitForTimeout(2500);
    await page.screenshot({ path: pictureOf(name) });
    await page.close();
  };
  const untilWhole = (page: Page) =>
    page.waitForFunction(
      () =>
        document.querySelectorAll('.hls-player:is([data-phase="live"], [data-phase="offline"])').length === 9,
      undefined,
      { timeout: 60_000 },
    );
  const DESKTOP = { width: 1280, height: 900 };
  const PHONE = { width: 390, height: 844 };

  it("the wall", async () => {
    await take("wall", "/", DESKTOP, "dark", untilWhole);
  });

  it("the wall on a phone", async () => {
    await take("wall-phone", "/", PHONE, "light", (page) => untilPhase(page, "live", 20));
  });

  it("a camera that was lost for a moment", async () => {
    await worker.killFFmpeg();
    await new Promise((resolve) => setTimeout(resolve, 20_000));
    const whole = async (page: Page) => {
      await untilPhase(page, "live", 20);
      await page.click(".history summary");
    };
    await take("camera", "/cameras/cam_2", { width: 1280, height: 1050 }, "dark", whole);
    await take("camera-phone", "/cameras/cam_2", { width: 390, height: 1400 }, "light", whole);
  });
});

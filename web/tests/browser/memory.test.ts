import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { BareBrowser, type Memory } from "./bareBrowser";
import { slopeOf } from "./slope";
import { setStage } from "./stage";

/** How long to look, seconds; `scripts/soak-player` looks longer. Before that, caches and figures fill. */
const SECONDS = 60 * Number(process.env["SOAK_MINUTES"] ?? "0.6");
const SETTLED = Math.max(10, SECONDS / 20);
/** About a hundred looks. */
const EVERY = Math.max(1, SECONDS / 100);
const HOUR = 3600;
/** Growth of the page's own objects in half of that time that is none, bytes. They are counted, so that any look may be short. */
const DATA = 20_000;
/**
 * Growth in an hour that is none, MB, by what was seen in the second half. The heap has compiled code in it, of which
 * there is more and more for a quarter of an hour; the process takes and gives back some MB all the time. Half a minute
 * says nothing about either.
 */
const AN_HOUR = SECONDS >= HOUR / 2 ? { heap: 1.5, resident: 30 } : { heap: Infinity, resident: Infinity };
/** Seconds of video that the browser may hold: those to go back to, those loaded ahead, and a segment at either end. */
const HELD = 10 + 10 + 2 * 2;

const stage = setStage();
let browser: BareBrowser;
let settledAt = 0;

afterEach(async () => {
  await browser.close();
});

interface Look extends Memory {
  /** Seconds since the page was settled. */
  readonly at: number;
  /** Seconds of video that the browser holds. */
  readonly held: number;
}

interface Left extends Memory {
  /** Bytes of the page's own objects. */
  readonly data: number;
}

describe("the player", () => {
  it(
    `holds no more in the end than in the beginning of ${SECONDS} s, and is live`,
    { timeout: (SETTLED + 1.5 * SECONDS + 90) * 1000 },
    async () => {
      browser = await BareBrowser.open(stage.rig.address());
      await untilLive();
      await sleep(SETTLED * 1000);
      settledAt = performance.now();
      const data = [await browser.data()];
      const looks: Look[] = [];
      for (const end of [SECONDS / 2, SECONDS]) {
        looks.push(...(await lookUntil(end)));
        data.push(await browser.data());
      }
      const late = looks.slice(looks.length >> 1);
      const slope = (key: keyof Memory) => HOUR * slopeOf(late.map((look) => [look.at, look[key]]));
      tell(looks, { objects: data, heapAnHour: slope("heap"), residentAnHour: slope("resident") });

      expect(growth(data)).toBeLessThan(DATA);
      expect(slope("heap")).toBeLessThan(AN_HOUR.heap);
      expect(slope("resident")).toBeLessThan(AN_HOUR.resident);
      expect(Math.max(...looks.map(({ held }) => held))).toBeLessThan(HELD);
      const third = Math.floor(looks.length / 3);
      for (const key of ["nodes", "listeners"] as const)
        expect(least(looks.slice(-third), key), key).toBeLessThanOrEqual(least(looks.slice(0, third), key));
      // A busy machine may lose it for a moment, and is never loaded again.
      await untilLive();
    },
  );

  it("that is taken off the page leaves nothing behind, however often", async () => {
    browser = await BareBrowser.open(stage.rig.address());
    const left: Left[] = [];
    // The first few leave what is made once.
    const looks = [6, 10, 14];
    for (let round = 1; round <= 14; round += 1) {
      await untilLive();
      await browser.evaluate("location.hash = '#gone'; diary.phases.length = diary.samples.length = 0");
      await expect
        .poll(() => browser.evaluate("document.querySelector('video') === null"), { timeout: 5000 })
        .toBe(true);
      if (looks.includes(round)) left.push({ ...(await browser.memory()), data: await browser.data() });
      await browser.evaluate("location.hash = ''");
    }
    process.stdout.write(`${JSON.stringify(left)}\n`);
    const [then, now] = [left[0], left.at(-1)];
    if (!then || !now) throw new Error("There is nothing to compare.");
    expect(growth(left.map(({ data }) => data))).toBeLessThan(DATA);
    expect([now.nodes, now.listeners]).toEqual([then.nodes, then.listeners]);
  });
});

/** Look until so many seconds have passed since the page was settled. */
async function lookUntil(end: number): Promise<Look[]> {
  const looks: Look[] = [];
  const seconds = () => (performance.now() - settledAt) / 1000;
  while (seconds() < end) {
    await sleep(EVERY * 1000);
    const held = await browser.evaluate<number>(HELD_NOW);
    looks.push({ ...(await browser.memory()), at: seconds(), held });
  }
  return looks;
}

/** Runs in the page. A long watch must not fill the memory it looks at. */
const HELD_NOW = `
  diary.samples.length = 0;
  (({ buffered }) => (buffered.length ? buffered.end(buffered.length - 1) - buffered.start(0) : 0))(
    document.querySelector("video"),
  )`;

const untilLive = () =>
  expect.poll(() => browser.evaluate("diary.phases.at(-1)"), { timeout: 30_000 }).toBe("live");

/** In the better half of these three looks: what is made once, for whatever happened in one, is not made in the other. */
const growth = ([start = 0, middle = 0, end = 0]: readonly number[]) =>
  Math.min(middle - start, end - middle);

const least = (looks: readonly Look[], key: keyof Memory) => Math.min(...looks.map((look) => look[key]));

/** About twenty lines of what was seen, and what it comes to. */
function tell(looks: readonly Look[], sums: object): void {
  const row = ({ at, heap, buffers, resident, nodes, listeners, held }: Look) =>
    [at, heap, buffers, resident, nodes, listeners, held]
      .map((value) => value.toFixed(1).padStart(10))
      .join("");
  const rows = looks.filter((_look, index) => index % Math.ceil(looks.length / 20) === 0).map(row);
  const head = ["s", "heap MB", "buffers", "resident", "nodes", "listeners", "video s"];
  const lines = [head.map((name) => name.padStart(10)).join(""), ...rows, JSON.stringify(sums)];
  process.stdout.write(`${lines.join("\n")}\n`);
}

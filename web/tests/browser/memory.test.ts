import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { EXECUTABLE, FLAGS } from "./browser";
import type { Report } from "./diary";
import { Rig } from "./rig";
import { Worker } from "./worker";

/** How long to look; `scripts/soak-player` looks longer. */
const SECONDS = 60 * Number(process.env["SOAK_MINUTES"] ?? "0.75");
const EVERY = 1;
/** What may come and go, MB: decoded pictures, the browser's own caches. */
const HEAP_NOISE = 4;
const RESIDENT_NOISE = 40;

let worker: Worker;
let rig: Rig;
let profile: string;
let browser: ChildProcess;

beforeAll(async () => {
  worker = await Worker.start();
  rig = await Rig.before(worker);
  profile = await mkdtemp(path.join(tmpdir(), "storefeed-chromium-"));
  // Started bare: a debugger that is attached keeps the body of every response.
  const flags = [
    ...FLAGS,
    "--enable-precise-memory-info",
    "--js-flags=--expose-gc",
    `--user-data-dir=${profile}`,
  ];
  browser = spawn(EXECUTABLE, [...flags, rig.address({}, { report: "1" })], { stdio: "ignore" });
});
afterAll(async () => {
  const exit = once(browser, "exit");
  browser.kill("SIGTERM");
  await exit;
  await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  await rig.stop();
  await worker.stop();
});

interface Look extends Report {
  /** Memory of the page's process, MB. */
  readonly resident: number;
}

it(
  `needs no more memory in the end than in the beginning of ${SECONDS} s, and stays live`,
  { timeout: (SECONDS + 90) * 1000 },
  async () => {
    await expect.poll(() => rig.report?.phase, { timeout: 20_000 }).toBe("live");
    await sleep(10_000);
    const looks: Look[] = [];
    const deadline = Date.now() + SECONDS * 1000;
    while (Date.now() < deadline) {
      await sleep(EVERY * 1000);
      if (rig.report) looks.push({ ...rig.report, resident: await resident(browser.pid ?? 0) });
    }
    const third = Math.floor(looks.length / 3);
    const [start, end] = [looks.slice(0, third), looks.slice(-third)];
    const least = (from: Look[], key: "heap" | "resident") => Math.min(...from.map((look) => look[key]));
    const figures = {
      seconds: SECONDS,
      heapMB: [least(start, "heap"), least(end, "heap")],
      residentMB: [least(start, "resident"), least(end, "resident")],
      phases: rig.report?.phases,
    };
    process.stdout.write(`${JSON.stringify(figures)}\n`);
    expect(least(end, "heap") - least(start, "heap")).toBeLessThan(HEAP_NOISE);
    expect(least(end, "resident") - least(start, "resident")).toBeLessThan(RESIDENT_NOISE);
    expect(rig.report?.phase).toBe("live");
    // A busy machine may fall behind and catch up; nothing worse, and never a reload.
    const since = rig.report?.phases.slice(2) ?? [];
    expect(since.filter((phase) => phase !== "live" && phase !== "behind")).toEqual([]);
  },
);

/** Resident memory of the largest renderer below this process, MB. */
async function resident(root: number): Promise<number> {
  const parents = new Map<number, number>();
  const sizes = new Map<number, number>();
  for (const name of await readdir("/proc")) {
    const status = /^\d+$/.test(name) ? await readFile(`/proc/${name}/status`, "utf8").catch(() => "") : "";
    parents.set(Number(name), Number(/^PPid:\s*(\d+)/m.exec(status)?.[1] ?? 0));
    const command = status && (await readFile(`/proc/${name}/cmdline`, "utf8").catch(() => ""));
    if (command.includes("--type=renderer"))
      sizes.set(Number(name), Number(/^VmRSS:\s*(\d+)/m.exec(status)?.[1] ?? 0));
  }
  const isBelow = (pid: number): boolean => pid === root || (pid > 1 && isBelow(parents.get(pid) ?? 0));
  return Math.round(Math.max(...[...sizes].filter(([pid]) => isBelow(pid)).map(([, size]) => size / 1024)));
}

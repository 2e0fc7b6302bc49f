import { act } from "react";
import { beforeEach, describe, expect, it } from "vitest";
import { parseCamera, parseCameras } from "../wall/cameras";
import { timelineOf } from "../viewer/bars";
import { CameraPage } from "../viewer/CameraPage";
import { parseDetails, type Segment } from "../viewer/details";
import { Link, placeOf, usePlace } from "../viewer/router";
import { Wall } from "../viewer/Wall";
import { rate, stepWords, verdictOf } from "../viewer/words";
import { eventually, show } from "./screen";
import { serve } from "./server";

const floor = {
  id: "cam_floor",
  name: "Floor Camera",
  state: "not_uploading",
  reason: "The storage does not answer.",
  advice: "Check the internet connection.",
  since: "2026-11-21T14:03:00Z",
  stream_url: "http://127.0.0.1:9/streams/location_1/cam_floor/stream.m3u8",
  status_url: "http://127.0.0.1:9/streams/location_1/cam_floor/status.json",
  page_url: "http://127.0.0.1:9/cameras/cam_floor",
  publish_lag: 0.31,
};

describe("a camera of the API", () => {
  it("is read", () => {
    expect(parseCamera(floor)).toMatchObject({
      id: "cam_floor",
      name: "Floor Camera",
      src: floor.stream_url,
      statusUrl: floor.status_url,
      status: { state: "not_uploading", publishLag: 0.31 },
    });
  });

  it("has its id for a name where it has none, and may have no status of its own", () => {
    expect(parseCamera({ ...floor, name: null, status_url: null })).toMatchObject({
      name: "cam_floor",
      statusUrl: null,
    });
  });

  it.each([null, {}, { ...floor, id: 7 }, { ...floor, stream_url: null }, { ...floor, state: null }])(
    "is not made of %j",
    (json) => {
      expect(parseCamera(json)).toBeNull();
    },
  );

  it("is one of a list; what is none is left out", () => {
    expect(parseCameras({ cameras: [floor, null] })?.cameras).toHaveLength(1);
    expect(parseCameras({ error: "?" })).toBeNull();
    expect(parseCameras(null)).toBeNull();
  });

  it("comes with the mistakes in the worker's files", () => {
    const problems = ["cameras.yaml:3: id is missing.", 7];
    expect(parseCameras({ cameras: [], problems })?.problems).toEqual(["cameras.yaml:3: id is missing."]);
    expect(parseCameras({ cameras: [] })?.problems).toEqual([]);
  });
});

const NOON = Date.parse("2026-11-21T12:00:00Z");
const ended = (second: number) => new Date(NOON + 1000 * second).toISOString();
const details = {
  ...floor,
  segment_duration: 2,
  reconnects_last_hour: 2,
  segments: [
    [1, ended(2), 2, 250_000, 0.4, 0.5, "uploaded"],
    [2, ended(4), 2, 250_000, 2.4, 2.5, "late"],
    [null, ended(6), null, 0, null, null, "lost"],
    [3, ended(8), 2, 250_000, null, null, "made"],
    ["?"],
  ],
  uplink: { needed_bps: 1_000_000, achieved_bps: 4_000_000 },
  history: [
    { from: "start", to: "live", at: ended(0), reason: null },
    { from: "live", to: "backing_off", at: ended(1), reason: "The camera closed the connection." },
    null,
  ],
  ffmpeg_lines: ["Connection reset by peer", 7],
};

describe("the details of a camera", () => {
  it("are read, and what is odd in them is left out", () => {
    const read = parseDetails(details);
    expect(read?.segments.map(({ fate }) => fate)).toEqual(["uploaded", "late", "lost", "made"]);
    expect(read?.segments[1]).toMatchObject({ duration: 2, publishLag: 2.5, endedAt: new Date(ended(4)) });
    expect(read?.history.map(({ to }) => to)).toEqual(["live", "backing_off"]);
    expect(read).toMatchObject({
      reconnects: 2,
      uplink: { needed: 1_000_000, achieved: 4_000_000 },
      lines: ["Connection reset by peer"],
    });
  });

  it("may be missing", () => {
    expect(parseDetails(floor)).toMatchObject({
      segments: [],
      history: [],
      uplink: { needed: null, achieved: null },
    });
    expect(parseDetails({ error: "?" })).toBeNull();
  });
});

describe("the timeline", () => {
  const segment = (end: number, more: Partial<Segment> = {}): Segment => ({
    ...{ endedAt: new Date(end * 1000), duration: 2, publishLag: 0.5, fate: "uploaded" },
    ...more,
  });

  it("has the newest at its right edge, and a hole where there was nothing", () => {
    const { bars, span } = timelineOf([segment(1000), segment(1100)], 2, 1100);
    expect(span).toBe(240);
    expect(bars.map(({ x, width }) => Math.round(240 * (x + width)))).toEqual([140, 240]);
    expect(bars.map(({ width }) => Math.round(240 * width))).toEqual([2, 2]);
  });

  it("leaves out what is older than it reaches, and lets a slow clock hide nothing", () => {
    expect(timelineOf([segment(1000), segment(1500)], 2, 1500).bars).toHaveLength(1);
    expect(timelineOf([segment(1000)], 2, 900).bars.map(({ x, width }) => x + width)).toEqual([1]);
  });

  it("draws a segment as high as it was late, and one that was lost from the bottom to the top", () => {
    const bar = (more: Partial<Segment>) => timelineOf([segment(1000, more)], 2, 1000).bars[0]?.height;
    expect(bar({ publishLag: 2, fate: "late" })).toBe(0.5);
    expect(bar({ publishLag: 60, fate: "late" })).toBe(1);
    expect(bar({ publishLag: null, fate: "lost" })).toBe(1);
    expect(bar({ publishLag: 0 })).toBeGreaterThan(0);
  });

  it("counts what became of them", () => {
    const all = [segment(1000), segment(1002), segment(1004, { fate: "lost" })];
    expect(timelineOf(all, 2, 1004).counts).toEqual({ uploaded: 2, late: 0, lost: 1, made: 0 });
  });
});

describe("the words of the page", () => {
  it.each([
    [null, "–"],
    [950, "950 bit/s"],
    [302_400, "302 kbit/s"],
    [5_230_000, "5.2 Mbit/s"],
    [17_000_000, "17 Mbit/s"],
    [2_100_000_000, "2.1 Gbit/s"],
  ])("say %s bits per second as %s", (bps, words) => {
    expect(rate(bps)).toBe(words);
  });

  it.each([
    [null, 1, "unknown"],
    [1, null, "unknown"],
    [1000, 2000, "enough"],
    [1000, 1500, "tight"],
    [1000, 900, "slow"],
  ])("an uplink that needs %s and carries %s is %s", (needed, achieved, verdict) => {
    expect(verdictOf({ needed, achieved })).toBe(verdict);
  });

  it("call steps by what they are, and new ones by their name", () => {
    expect(stepWords("backing_off")).toBe("Waiting before the next try");
    expect(stepWords("dreaming")).toBe("dreaming");
  });
});

describe("the address bar", () => {
  it.each([
    ["/", { page: "wall" }],
    ["/cameras/cam_floor", { page: "camera", id: "cam_floor" }],
    ["/cameras/cam_floor/", { page: "camera", id: "cam_floor" }],
    ["/cameras/", { page: "wall" }],
    ["/cameras/100%", { page: "wall" }],
    ["/elsewhere", { page: "wall" }],
  ])("%s leads to its place", (path, place) => {
    expect(placeOf(path)).toEqual(place);
  });

  it("follows links within the page, and leaves new tabs to the browser", async () => {
    function Here() {
      const place = usePlace();
      return <Link href="/cameras/a">{place.page}</Link>;
    }
    const screen = await show(<Here />);
    /** Click; is it left to the browser? */
    const click = (init: MouseEventInit) => {
      let left = false;
      const onClick = (event: Event) => {
        left = !event.defaultPrevented;
        event.preventDefault();
      };
      document.addEventListener("click", onClick, { once: true });
      const event = new MouseEvent("click", { bubbles: true, cancelable: true, ...init });
      act(() => {
        screen.querySelector("a")?.dispatchEvent(event);
      });
      return left;
    };
    // jsdom has no scrolling.
    window.scrollTo = () => undefined;
    expect([click({ ctrlKey: true }), screen.textContent]).toEqual([true, "wall"]);
    expect([click({}), screen.textContent]).toEqual([false, "camera"]);
    act(() => {
      history.replaceState(null, "", "/");
    });
  });
});

describe("the page", () => {
  const worker = serve();
  beforeEach(() => {
    // The page asks the worker that it came from.
    document.head.innerHTML = `<base href="${worker.origin}/" />`;
    return () => {
      document.head.innerHTML = "";
    };
  });

  /** Wait until the screen says this. */
  const says = (screen: HTMLElement, text: string) =>
    eventually(() => {
      expect(screen.textContent).toContain(text);
    });

  it("shows each camera with its state, and one alone with its playlist to copy", async () => {
    worker.answer("/api/cameras", 200, JSON.stringify({ cameras: [floor] }));
    const screen = await show(<Wall />);
    await says(screen, "Floor Camera");
    expect(screen.textContent).toContain("Not uploading since");
    expect(screen.querySelector("h2 a")?.getAttribute("href")).toBe("/cameras/cam_floor");
    expect(screen.querySelector("input")?.value).toBe(floor.stream_url);
  });

  it("shows the mistakes in the files", async () => {
    worker.answer("/api/cameras", 200, '{"cameras":[],"problems":["cameras.yaml:3: id is missing."]}');
    await says(await show(<Wall />), "cameras.yaml:3: id is missing.");
  });

  it("says that no camera is running", async () => {
    worker.answer("/api/cameras", 200, '{"cameras":[]}');
    await says(await show(<Wall />), "No camera is running");
  });

  it("says that the worker asks for its token again, and leads to where it does", async () => {
    worker.answer(
      "/api/cameras",
      401,
      '{"error":"This worker shows its cameras to people who have its token."}',
    );
    const screen = await show(<Wall />);
    await says(screen, "This worker asks for its token again.");
    expect(screen.querySelector("[role=alert] button")?.textContent).toBe("Show it the token");
    expect(screen.textContent).not.toContain("does not answer");
  });

  it("says that the worker does not answer", async () => {
    worker.answer("/api/cameras", 200, "<!doctype html>a captive portal");
    await says(await show(<Wall />), "The worker does not answer");
  });

  it("shows one camera with its figures", async () => {
    worker.answer("/api/cameras/cam_floor", 200, JSON.stringify(details));
    const screen = await show(<CameraPage id="cam_floor" />);
    await says(screen, "Floor Camera");
    for (const words of [
      "0.3 s",
      "2 times",
      "1.0 Mbit/s",
      "4.0 Mbit/s",
      "room to spare",
      "Waiting before the next try. The camera closed the connection.",
      "Connection reset by peer",
    ])
      expect(screen.textContent).toContain(words);
    expect(screen.querySelector<HTMLInputElement>("input")?.value).toBe(floor.stream_url);
    expect(document.title).toBe("Floor Camera · Storefeed");
  });

  it("shows the picture to aim by instead of the player, or says that there is none", async () => {
    worker.answer("/api/cameras/cam_floor", 200, JSON.stringify(details));
    const screen = await show(<CameraPage id="cam_floor" />);
    await says(screen, "Aim this camera");
    act(() => {
      screen.querySelector<HTMLElement>(".aim button")?.click();
    });
    const picture = screen.querySelector(".preview img");
    expect(picture?.getAttribute("src")).toBe("/api/cameras/cam_floor/preview.mjpeg");
    expect(screen.querySelector("video")).toBeNull();
    act(() => {
      picture?.dispatchEvent(new Event("error"));
    });
    expect(screen.textContent).toContain("no picture to aim by");
  });

  it("says that there is no such camera", async () => {
    await says(await show(<CameraPage id="cam_gone" />), "no camera “cam_gone”");
  });
});

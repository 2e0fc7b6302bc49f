import { act } from "react";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CameraWall, type Camera } from "../CameraWall";
import type { HlsConstructor } from "../live/hls";
import { eventually, show } from "./screen";
import { serve } from "./server";

/** hls.js that is still on its way: what plays is seen by its <video>. */
const loadHls = () => new Promise<HlsConstructor>(() => undefined);

const status = (state: string) => ({
  ...{ state, name: null, reason: "The camera does not answer.", advice: "Is it plugged in?" },
  ...{ since: null, beat: null, publishLag: null, eventsUrl: null },
});

describe("the wall", () => {
  const worker = serve();
  const store = serve();
  beforeEach(() => {
    document.head.innerHTML = `<base href="${worker.origin}/" />`;
  });
  afterEach(() => {
    document.head.innerHTML = "";
  });

  /** Their addresses are known when the store runs. */
  const cameras = () =>
    ["Floor", "Door", "Till"].map((name): Camera => {
      const id = name.toLowerCase();
      return { id, name, src: `${worker.origin}/${id}.m3u8`, statusUrl: null };
    });
  const tile = (screen: HTMLElement, index: number) => {
    const tiles = screen.querySelectorAll<HTMLElement>("li");
    const [item, button] = [tiles[index], tiles[index]?.querySelector<HTMLElement>(":scope > div > button")];
    if (!item || !button) throw new Error("There is no such tile.");
    return { item, button };
  };
  const press = (element: HTMLElement, key: string) => {
    act(() => {
      element.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    });
  };

  it("has a tile for each camera, and opens two of them at first", async () => {
    const screen = await show(<CameraWall cameras={cameras()} loadHls={loadHls} />);
    expect(screen.querySelectorAll("li")).toHaveLength(3);
    expect(screen.querySelectorAll("video")).toHaveLength(2);
    expect(tile(screen, 2).button.getAttribute("aria-label")).toBe("Till, Connecting. Show large");
  });

  it("shows why a camera is away instead of playing it", async () => {
    const list = cameras().map((camera) => ({ ...camera, status: status("offline") }));
    const screen = await show(<CameraWall cameras={list.slice(0, 1)} loadHls={loadHls} />);
    expect(screen.querySelector("video")).toBeNull();
    expect(screen.querySelector<HTMLElement>(".hls-player")?.dataset["phase"]).toBe("offline");
    expect(screen.textContent).toContain("The camera does not answer.");
  });

  it("says of a camera that does not play what its box says, to those who listen, too", async () => {
    const list = cameras().map((camera, i) => ({
      ...camera,
      status: status(["stopped", "not_uploading", "reconnecting"][i] ?? ""),
    }));
    const screen = await show(<CameraWall cameras={list} max={0} loadHls={loadHls} />);
    const shown = [0, 1, 2].map(
      (index) => tile(screen, index).item.querySelector<HTMLElement>(".hls-player")?.dataset["phase"],
    );
    expect(shown).toEqual(["stopped", "not-uploading", "reconnecting"]);
    const labels = [0, 1, 2].map((index) => tile(screen, index).button.getAttribute("aria-label"));
    expect(labels).toEqual([
      "Floor, Switched off. Show large",
      "Door, Not uploading. Show large",
      "Till, Reconnecting. Show large",
    ]);
    // It is read out when it has settled.
    await act(() => new Promise((resolve) => setTimeout(resolve, 2100)));
    expect(screen.querySelector("[role=status]")?.textContent).toBe(
      "0 of 3 cameras are live. Floor is switched off. Door is not uploading",
    );
  });

  it("shows one camera large on a click, the next on an arrow key, and all of them on Escape", async () => {
    const screen = await show(<CameraWall cameras={cameras()} loadHls={loadHls} />);
    const large = () => [...screen.querySelectorAll<HTMLElement>("li")].map((item) => item.dataset["full"]);
    act(() => {
      tile(screen, 0).button.click();
    });
    expect(large()).toEqual(["true", "false", "false"]);
    expect(tile(screen, 0).button.getAttribute("aria-label")).toBe("Back to all cameras");
    press(tile(screen, 0).button, "ArrowRight");
    expect(large()).toEqual(["false", "true", "false"]);
    expect(document.activeElement).toBe(tile(screen, 1).button);
    press(tile(screen, 1).button, "Escape");
    expect(large()).toEqual(["false", "false", "false"]);
  });

  it("goes from camera to camera with arrow keys", async () => {
    const screen = await show(<CameraWall cameras={cameras()} loadHls={loadHls} />);
    tile(screen, 0).button.focus();
    press(tile(screen, 0).button, "ArrowRight");
    expect(document.activeElement).toBe(tile(screen, 1).button);
  });

  it("asks a worker for its cameras where it is given an address", async () => {
    const camera = { id: "a", name: "Attic", state: "offline", stream_url: `${worker.origin}/a.m3u8` };
    worker.answer("/api/cameras", 200, JSON.stringify({ cameras: [camera] }));
    const screen = await show(<CameraWall cameras={`${worker.origin}/api/cameras`} loadHls={loadHls} />);
    await eventually(() => {
      expect(screen.textContent).toContain("Attic is offline");
    });
  });

  it("takes a camera's own snapshot from the page's server wherever the video is, or the one beside that", async () => {
    const [camera] = cameras();
    if (!camera) throw new Error("There is no camera.");
    const away = { ...camera, snapshot: "/api/cameras/floor/snapshot.jpg", status: status("offline") };
    await show(
      <CameraWall cameras={[{ ...away, src: `${store.origin}/bucket/floor.m3u8` }]} loadHls={loadHls} />,
    );
    await eventually(() => {
      expect(worker.tokens.has("/api/cameras/floor/snapshot.jpg")).toBe(true);
      expect([...store.tokens.keys()]).toEqual(["/bucket/snapshot.jpg"]);
    });
  });

  it("plays no more than it may, and shows a snapshot of the others", async () => {
    const list = cameras();
    const screen = await show(<CameraWall cameras={list} max={1} loadHls={loadHls} />);
    expect(screen.querySelectorAll("video")).toHaveLength(1);
    expect(screen.querySelector<HTMLElement>('[data-phase="still"]')?.title).toContain("cannot play more");
    await eventually(() => {
      expect(worker.requests.some((url) => url.startsWith("/snapshot.jpg?cacheNonce="))).toBe(true);
    });
  });
});

import { act } from "react";
import { beforeEach, describe, expect, it } from "vitest";
import { parseCamera, parseCameras } from "../viewer/camera";
import { CameraPage } from "../viewer/CameraPage";
import { Link, placeOf, usePlace } from "../viewer/router";
import { Wall } from "../viewer/Wall";
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
      streamUrl: floor.stream_url,
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
    expect(parseCameras({ cameras: [floor, null] })).toHaveLength(1);
    expect(parseCameras({ error: "?" })).toBeNull();
    expect(parseCameras(null)).toBeNull();
  });
});

describe("the address bar", () => {
  it.each([
    ["/", { page: "wall" }],
    ["/cameras/cam_floor", { page: "camera", id: "cam_floor" }],
    ["/cameras/cam_floor/", { page: "camera", id: "cam_floor" }],
    ["/cameras/", { page: "wall" }],
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

  it("shows a card for each camera, with its state and its playlist to copy", async () => {
    worker.answer("/api/cameras", 200, JSON.stringify({ cameras: [floor] }));
    const screen = await show(<Wall />);
    await says(screen, "Floor Camera");
    expect(screen.textContent).toContain("Not uploading since");
    expect(screen.querySelector("h2 a")?.getAttribute("href")).toBe("/cameras/cam_floor");
    expect(screen.querySelector("input")?.value).toBe(floor.stream_url);
  });

  it("says that no camera is running", async () => {
    worker.answer("/api/cameras", 200, '{"cameras":[]}');
    await says(await show(<Wall />), "No camera is running");
  });

  it("says that the worker does not answer", async () => {
    worker.answer("/api/cameras", 200, "<!doctype html>a captive portal");
    await says(await show(<Wall />), "The worker does not answer");
  });

  it("shows one camera with its figures", async () => {
    worker.answer("/api/cameras/cam_floor", 200, JSON.stringify(floor));
    const screen = await show(<CameraPage id="cam_floor" />);
    await says(screen, "Floor Camera");
    expect(screen.textContent).toContain("0.3 s");
    expect(document.title).toBe("Floor Camera · Storefeed");
  });

  it("says that there is no such camera", async () => {
    await says(await show(<CameraPage id="cam_gone" />), "no camera “cam_gone”");
  });
});

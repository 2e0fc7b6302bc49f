import { act } from "react";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Phase } from "../HLSPlayer";
import { FakeHls, theHls } from "./fakeHls";
import { countPlays, fire, noticed, pausePicture, phase, Player, stream, video, wait } from "./player";
import { leave, show } from "./screen";

describe("a tab that is hidden", () => {
  function hide(hidden: boolean): void {
    Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
    act(() => {
      document.dispatchEvent(new Event("visibilitychange"));
    });
  }
  afterEach(() => {
    Reflect.deleteProperty(document, "hidden");
  });

  it("plays on for a moment, then stops, and comes back at the live edge", async () => {
    const phases: Phase[] = [];
    await show(<Player onPhase={(now) => phases.push(now)} />);
    await stream(4, 100);
    const first = theHls();
    hide(true);
    await wait(10);
    expect(theHls()).toBe(first);
    await wait(6);
    expect(FakeHls.alive).toEqual([]);
    await wait(3600);
    expect(phase()).toBe("paused");
    hide(false);
    await wait(0.1);
    expect(phase()).toBe("connecting");
    await stream(4, 2000);
    expect(phases.slice(-3)).toEqual(["paused", "connecting", "live"]);
  });

  it("stays paused when the viewer had paused it", async () => {
    await show(<Player />);
    await stream(4, 100);
    await pausePicture();
    hide(true);
    await wait(16);
    expect(FakeHls.alive).toEqual([]);
    hide(false);
    await wait(1);
    const asked = countPlays();
    await fire("canplay");
    expect([phase(), video().autoplay, asked()]).toEqual(["paused", false, 0]);
  });

  it("plays again when it was the browser that had paused it", async () => {
    await show(<Player />);
    await stream(4, 100);
    hide(true);
    await pausePicture();
    expect(phase()).toBe("paused");
    await wait(16);
    hide(false);
    await wait(1);
    const asked = countPlays();
    await fire("canplay");
    expect([phase(), video().autoplay, asked()]).toEqual(["connecting", true, 1]);
  });

  it("is tried again where the browser had refused to play, whatever it paused", async () => {
    await show(<Player muted={false} />);
    video().play = () => Promise.reject(new DOMException("no gesture", "NotAllowedError"));
    await fire("canplay");
    await pausePicture();
    expect(phase()).toBe("autoplay-blocked");
    hide(true);
    await wait(16);
    hide(false);
    await wait(1);
    const asked = countPlays();
    await fire("canplay");
    expect(asked()).toBe(1);
  });

  it("plays on where that is wanted, and as a picture in picture", async () => {
    await show(<Player pauseWhenHidden={false} />);
    hide(true);
    await wait(120);
    expect(FakeHls.alive).toHaveLength(1);
    hide(false);
    await show(<Player key="other" />);
    Object.defineProperty(document, "pictureInPictureElement", { value: video(), configurable: true });
    hide(true);
    await wait(120);
    expect(FakeHls.alive).toHaveLength(1);
    Reflect.deleteProperty(document, "pictureInPictureElement");
    await wait(16);
    expect(FakeHls.alive).toEqual([]);
  });

  it("is left without a question", async () => {
    await show(<Player />);
    hide(true);
    await wait(16);
    await leave();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("a machine that was away", () => {
  it("starts over at the live edge after a sleep", async () => {
    await show(<Player />);
    await stream(4, 100);
    const first = theHls();
    vi.setSystemTime(Date.now() + 3_600_000);
    await wait(2.1);
    expect(theHls()).not.toBe(first);
    expect(phase()).toBe("connecting");
  });

  it("leaves a picture paused that the viewer had paused", async () => {
    await show(<Player />);
    await stream(4, 100);
    await pausePicture();
    const first = theHls();
    act(() => void dispatchEvent(new Event("online")));
    expect(theHls()).not.toBe(first);
    const asked = countPlays();
    await fire("canplay");
    expect([phase(), video().autoplay, asked()]).toEqual(["paused", false, 0]);
    await fire("play");
    expect(video().autoplay).toBe(true);
    await pausePicture();
    await show(<Player src="https://store.example/other/stream.m3u8" />);
    expect([phase(), video().autoplay]).toEqual(["connecting", true]);
  });

  it("starts over at once when its network is back, and says that it was gone", async () => {
    await show(<Player />);
    await stream(4, 100);
    const first = theHls();
    act(() => void dispatchEvent(new Event("offline")));
    await wait(8);
    expect(noticed()).toContain("This device has no network.");
    act(() => void dispatchEvent(new Event("online")));
    expect(theHls()).not.toBe(first);
    await stream(2, 110);
    expect(phase()).toBe("live");
  });
});

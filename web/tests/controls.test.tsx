import { act } from "react";
import { describe, expect, it } from "vitest";
import { theHls } from "./fakeHls";
import { button, fire, phase, Player, query, stream, video } from "./player";
import { show } from "./screen";

describe("the player's buttons and keys", () => {
  const press = (key: string, init: KeyboardEventInit = {}, target = query(".hls-player")) => {
    const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...init });
    act(() => {
      target?.dispatchEvent(event);
    });
    return event.defaultPrevented;
  };

  it("are real buttons with names and keys, and without what this browser cannot do", async () => {
    await show(<Player />);
    const buttons = [...document.querySelectorAll(".hls-player-controls button")];
    expect(buttons.map((one) => one.getAttribute("aria-label"))).toEqual(["Pause", "Figures"]);
    expect(buttons.map((one) => one.getAttribute("aria-keyshortcuts"))).toEqual(["k", "i"]);
  });

  it("mute where there is sound, and only there", async () => {
    await show(<Player />);
    expect(button("Unmute")).toBeNull();
    act(() => {
      theHls().sound();
    });
    act(() => button("Unmute")?.click());
    await fire("volumechange");
    expect([video().muted, button("Mute") === null]).toEqual([false, false]);
    expect(press("m")).toBe(true);
    expect(video().muted).toBe(true);
  });

  it("show the figures and hide them", async () => {
    await show(<Player />);
    press("i");
    await stream(4, 100);
    expect(query(".hls-player-stats")?.textContent).toContain("Delay");
    expect(button("Figures")?.getAttribute("aria-pressed")).toBe("true");
    press("I");
    expect(query(".hls-player-stats")).toBeNull();
  });

  it("leave the browser's own keys alone, and a button its space", async () => {
    await show(<Player />);
    expect([press("f", { ctrlKey: true }), press("x"), press(" ", {}, button("Pause"))]).toEqual([
      false,
      false,
      false,
    ]);
    let asked = 0;
    video().play = () => Promise.resolve(void (asked += 1));
    expect([press(" "), asked]).toEqual([true, 1]);
  });

  it("are not there where they are not wanted", async () => {
    await show(<Player controls={false} />);
    expect(query(".hls-player-controls")).toBeNull();
    expect(press("m")).toBe(false);
    expect(query(".hls-player")?.hasAttribute("tabindex")).toBe(false);
  });

  it("offer to go live when the picture is behind, and do", async () => {
    await show(<Player />);
    await stream(4, 100);
    theHls().latency = 9;
    await stream(6, 102);
    expect(phase()).toBe("behind");
    video().play = () => Promise.resolve();
    theHls().liveSyncPosition = 1000;
    act(() => query(".hls-player-golive")?.click());
    expect(video().currentTime).toBe(1000);
    theHls().latency = 2;
    await stream(2, 105);
    expect([phase(), query(".hls-player-golive")]).toEqual(["live", null]);
  });
});

import { act, createRef, StrictMode, type ComponentProps } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { HLSPlayer, type Phase } from "../HLSPlayer";
import { FakeHls, loadFakeHls, theHls } from "./fakeHls";
import { leave, show } from "./screen";

const SRC = "https://store.example/cam/stream.m3u8";

function Player(props: Partial<ComponentProps<typeof HLSPlayer>>) {
  return <HLSPlayer src={SRC} statusUrl={null} loadHls={loadFakeHls} {...props} />;
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(async () => {
  await leave();
  expect(FakeHls.alive).toEqual([]);
  FakeHls.supported = true;
  vi.useRealTimers();
});

const query = (selector: string) => document.querySelector<HTMLElement>(selector);
const video = () => query("video") as HTMLVideoElement;
const phase = () => query(".hls-player")?.dataset["phase"];
const announced = () => query("[role=status]")?.textContent;
const noticed = () => query(".hls-player-notice")?.textContent;
const button = (label: string) => query(`button[aria-label="${label}"]`);

/** What jsdom's video says of itself: that it plays, or that it has nothing to play. Its canvas draws nothing. */
function pretend({ plays }: { plays: boolean }): void {
  Object.defineProperty(video(), "paused", { value: false, configurable: true });
  (query("canvas") as HTMLCanvasElement).getContext = () => null;
  Object.defineProperty(video(), "readyState", { value: plays ? 4 : 1, configurable: true });
}

/** Let a segment's time pass, picture by picture; then another playlist arrives. */
async function stream(seconds: number, mediaSequence: number): Promise<void> {
  pretend({ plays: true });
  for (let passed = 0; passed < seconds; passed += 0.5) {
    await act(() => {
      if (passed % 2 === 0) theHls().playlist(mediaSequence + passed / 2);
      video().currentTime += 0.5;
      return vi.advanceTimersByTimeAsync(500);
    });
  }
}

const wait = (seconds: number) => act(() => vi.advanceTimersByTimeAsync(seconds * 1000));
const fire = (type: string) =>
  act(async () => {
    video().dispatchEvent(new Event(type));
    await vi.advanceTimersByTimeAsync(0);
  });

describe("the player", () => {
  it("is a muted video that plays by itself and in its place, unless told otherwise", async () => {
    await show(<Player />);
    expect([video().muted, video().autoplay, video().playsInline]).toEqual([true, true, true]);
    await show(<Player muted={false} autoPlay={false} key="other" />);
    expect([video().muted, video().autoplay]).toEqual([false, false]);
  });

  it("gives its video to the ref and its native props to the video, and its frame the style", async () => {
    const ref = createRef<HTMLVideoElement>();
    const style = { width: 320 };
    await show(
      <HLSPlayer
        {...{ ref, style, loadHls: loadFakeHls }}
        src={SRC}
        statusUrl={null}
        loop
        title="Floor"
        className="mine"
      />,
    );
    expect(ref.current).toBe(video());
    expect([video().loop, video().title]).toEqual([true, "Floor"]);
    expect(query(".hls-player.mine")?.style.width).toBe("320px");
  });

  it("shows its hls.js to the console while it plays, and leaves nothing behind", async () => {
    await show(<Player />);
    const element = video();
    expect(element.hls).toBe(theHls());
    await leave();
    expect("hls" in element).toBe(false);
    expect(FakeHls.alive).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("has one hls.js in StrictMode", async () => {
    await show(
      <StrictMode>
        <Player />
      </StrictMode>,
    );
    expect(theHls().src).toBe(SRC);
  });

  it("leaves nothing behind when it goes before hls.js has come", async () => {
    let arrive: () => void = () => undefined;
    const arrival = new Promise<void>((resolve) => (arrive = resolve));
    await show(<Player loadHls={() => arrival.then(loadFakeHls)} />);
    await leave();
    arrive();
    await vi.advanceTimersByTimeAsync(1000);
    expect(FakeHls.alive).toEqual([]);
  });

  it("asks again for hls.js when it did not come, and says so", async () => {
    const tries = [() => Promise.reject(new Error("no network")), loadFakeHls];
    const onError = vi.fn();
    await show(<Player loadHls={() => (tries.shift() ?? loadFakeHls)()} onError={onError} />);
    expect(FakeHls.alive).toEqual([]);
    await act(() => vi.advanceTimersByTimeAsync(2000));
    expect(theHls().src).toBe(SRC);
    expect(onError).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ details: "loadHls" }));
  });

  it("plays another camera when the address changes, and knows nothing of the first", async () => {
    await show(<Player />);
    await stream(4, 100);
    const first = theHls();
    await show(<Player src="https://store.example/other/stream.m3u8" />);
    expect(theHls()).not.toBe(first);
    expect(theHls().src).toBe("https://store.example/other/stream.m3u8");
    expect(phase()).toBe("connecting");
  });

  it("goes on playing when other props change", async () => {
    await show(<Player hlsConfig={{ maxBufferLength: 5 }} />);
    const first = theHls();
    await show(<Player hlsConfig={{ maxBufferLength: 6 }} onPhase={() => undefined} className="x" />);
    expect(theHls()).toBe(first);
  });
});

describe("what it shows", () => {
  it("goes from connecting to live, then over reconnecting to offline, and back", async () => {
    const phases: Phase[] = [];
    await show(<Player onPhase={(now) => phases.push(now)} />);
    expect(noticed()).toContain("Connecting");
    await stream(6, 100);
    expect(noticed()).toMatch(/^Live/);
    await wait(8);
    expect(noticed()).toContain("Reconnecting");
    await wait(20);
    expect(noticed()).toMatch(/^Offline since.*No new picture since/);
    await stream(4, 200);
    expect(phases).toEqual(["connecting", "live", "reconnecting", "offline", "live"]);
  });

  it("is never live on a playlist that stands still", async () => {
    const phases: Phase[] = [];
    await show(<Player onPhase={(now) => phases.push(now)} />);
    act(() => {
      theHls().playlist(100, 300);
    });
    pretend({ plays: true });
    for (let i = 0; i < 20; i += 1) {
      await act(() => {
        video().currentTime += 0.5;
        return vi.advanceTimersByTimeAsync(500);
      });
    }
    expect(phases).toEqual(["connecting", "offline"]);
  });

  it("starts over when the playlist advances and the picture stands", async () => {
    await show(<Player />);
    await stream(4, 100);
    const first = theHls();
    for (let i = 0; i < 5; i += 1) {
      act(() => {
        theHls().playlist(110 + i);
      });
      await wait(2);
    }
    expect(theHls()).not.toBe(first);
    expect(phase()).toBe("reconnecting");
  });

  it("is not fooled by jumps of a picture that stands", async () => {
    await show(<Player />);
    await stream(4, 100);
    pretend({ plays: false });
    for (let i = 0; i < 3; i += 1) {
      act(() => {
        theHls().playlist(110 + i);
        video().currentTime += 2;
      });
      await wait(2);
    }
    expect(phase()).toBe("reconnecting");
  });

  it("asks for a click when the browser refuses to play, and plays on it", async () => {
    await show(<Player muted={false} />);
    video().play = () => Promise.reject(new DOMException("no gesture", "NotAllowedError"));
    await fire("canplay");
    expect(phase()).toBe("autoplay-blocked");
    video().play = () => {
      video().dispatchEvent(new Event("play"));
      return Promise.resolve();
    };
    act(() => query(".hls-player-play")?.click());
    expect(phase()).toBe("connecting");
    expect(query(".hls-player-play")).toBeNull();
  });

  it("says that a picture is paused, however it was", async () => {
    await show(<Player />);
    await stream(4, 100);
    await fire("pause");
    expect(phase()).toBe("paused");
    expect(query(".hls-player-play")?.textContent).toBe("Play");
  });

  it("says so where nothing can play", async () => {
    FakeHls.supported = false;
    await show(<Player />);
    expect(phase()).toBe("unsupported");
    expect(noticed()).toContain("current Chrome, Edge, Firefox or Safari");
  });

  it("reports errors and heals by itself", async () => {
    const errors: string[] = [];
    await show(<Player onError={({ details }) => errors.push(details)} />);
    const first = theHls();
    act(() => {
      first.fail({ type: "networkError", details: "manifestLoadError", response: { code: 400 } });
    });
    await wait(1);
    expect(errors).toEqual(["manifestLoadError"]);
    expect(theHls()).not.toBe(first);
  });
});

describe("its buttons and keys", () => {
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

describe("who cannot see it", () => {
  it("hears what settled, and no flicker", async () => {
    await show(<Player aria-label="Floor" />);
    expect([query("[role=group]")?.getAttribute("aria-label"), announced()]).toEqual(["Floor", ""]);
    await stream(4, 100);
    expect(announced()).toBe("Live");
    await wait(5.5);
    expect([phase(), announced()]).toEqual(["reconnecting", "Live"]);
    await wait(3);
    expect(announced()).toBe("Reconnecting. No new picture yet.");
  });
});

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

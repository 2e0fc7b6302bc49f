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

  it("has the browser's controls only while there is something to control", async () => {
    await show(<Player controls />);
    expect(video().controls).toBe(false);
    await stream(4, 100);
    expect(video().controls).toBe(true);
    await wait(8);
    expect(video().controls).toBe(false);
    await show(<Player key="without" />);
    await stream(4, 100);
    expect(video().controls).toBe(false);
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
    expect(announced()).toContain("Connecting");
    await stream(6, 100);
    expect(announced()).toBe("Live");
    await wait(8);
    expect(announced()).toContain("Reconnecting");
    await wait(20);
    expect(announced()).toMatch(/^Offline.*No new picture since/);
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
    act(() => query("button")?.click());
    expect(phase()).toBe("connecting");
    expect(query("button")).toBeNull();
  });

  it("says that a picture is paused, however it was", async () => {
    await show(<Player />);
    await stream(4, 100);
    await fire("pause");
    expect(phase()).toBe("paused");
    expect(query("button")?.textContent).toBe("Play");
  });

  it("says so where nothing can play", async () => {
    FakeHls.supported = false;
    await show(<Player />);
    expect(phase()).toBe("unsupported");
    expect(announced()).toContain("current Chrome, Edge, Firefox or Safari");
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

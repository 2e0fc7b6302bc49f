import { act, createRef, StrictMode } from "react";
import { describe, expect, it, vi } from "vitest";
import { HLSPlayer, type Phase } from "../HLSPlayer";
import { FakeHls, loadFakeHls, theHls } from "./fakeHls";
import { announced, fire, noticed, phase, Player, pretend, query, SRC, stream, video, wait } from "./player";
import { leave, show } from "./screen";

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

  it("is not live again before the picture is where it should be", async () => {
    const phases: Phase[] = [];
    await show(<Player onPhase={(now) => phases.push(now)} />);
    await stream(6, 100);
    await wait(8);
    theHls().latency = 9;
    act(() => {
      theHls().playlist(110);
    });
    await fire("playing");
    await stream(2, 111);
    expect(phase()).toBe("reconnecting");
    theHls().latency = 2;
    await stream(2, 112);
    expect(phases).toEqual(["connecting", "live", "reconnecting", "live"]);
  });

  it("is not live on pictures from before an outage, though hls.js counts none of it", async () => {
    await show(<Player />);
    await stream(6, 100);
    theHls().playingDate = new Date();
    await wait(12);
    theHls().latency = 3;
    await stream(2, 110);
    expect(phase()).toBe("reconnecting");
    theHls().playingDate = new Date();
    await stream(2, 111);
    expect(phase()).toBe("live");
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

import { expect, it, vi } from "vitest";
import { pause, within } from "../live/time";

it("a pause ends at once with its signal", async () => {
  const life = new AbortController();
  const waiting = pause(3600, life.signal);
  life.abort();
  await waiting;
  await pause(3600, life.signal);
});

/** What never ends but with its signal; whether that has aborted. */
const endless = (signal: AbortSignal) =>
  new Promise<boolean>((resolve) => {
    const end = () => {
      resolve(signal.aborted);
    };
    if (signal.aborted) end();
    signal.addEventListener("abort", end);
  });

it("what takes too long is ended", async () => {
  vi.useFakeTimers();
  try {
    const life = new AbortController();
    const ended = vi.fn();
    void within(5, life.signal, endless).then(ended);
    await vi.advanceTimersByTimeAsync(4900);
    expect(ended).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(200);
    expect(ended).toHaveBeenCalledWith(true);
  } finally {
    vi.useRealTimers();
  }
});

it("what is not wanted any more is ended at once, whenever that was", async () => {
  const life = new AbortController();
  const ending = within(3600, life.signal, endless);
  life.abort();
  expect([await ending, await within(3600, life.signal, endless)]).toEqual([true, true]);
});

it("what has come leaves no timer behind", async () => {
  vi.useFakeTimers();
  try {
    expect(await within(5, new AbortController().signal, () => Promise.resolve("here"))).toBe("here");
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

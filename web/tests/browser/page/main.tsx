import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { HLSPlayer, type HLSPlayerProps } from "../../../HLSPlayer";
import type { Diary, Report } from "../diary";

/**
 * A page with one player. Its props are JSON in the address: `?props={"src": ...}`.
 * With `token=a` the player gets a function that gives this token, or what the diary says later.
 * With `report` it tells the server every second how it is.
 */
const query = new URLSearchParams(location.search);
const props = JSON.parse(query.get("props") ?? "{}") as HLSPlayerProps;
const token = query.get("token") ?? undefined;

const diary: Diary = { phases: [], samples: [], errors: [], token, asked: 0, liveAfter: null };
window.diary = diary;

const authorization = () => {
  diary.asked += 1;
  return Promise.resolve(diary.token);
};

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <HLSPlayer
        {...props}
        {...(token && { authorization })}
        onPhase={(phase) => {
          diary.phases.push(phase);
          if (phase === "live") diary.liveAfter ??= performance.now() / 1000;
        }}
        onLatency={(sample) => diary.samples.push(sample)}
        onError={({ details }) => diary.errors.push(details)}
      />
    </StrictMode>,
  );
}

/** Chromium's own. */
declare global {
  interface Performance {
    readonly memory: { readonly usedJSHeapSize: number };
  }
}

if (query.has("report")) {
  setInterval(() => {
    // Only there when the browser was asked for it: what is garbage already must not count.
    globalThis.gc?.();
    const { phases } = diary;
    const heap = performance.memory.usedJSHeapSize / 2 ** 20;
    const report: Report = {
      phase: phases.at(-1),
      phases: phases.slice(0, 20),
      heap: Math.round(heap * 10) / 10,
    };
    // A long watch must not fill the memory it looks at.
    diary.samples.length = 0;
    void fetch("/report", { method: "POST", body: JSON.stringify(report) }).catch(() => undefined);
  }, 1000);
}

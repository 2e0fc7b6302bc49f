import { StrictMode, useSyncExternalStore } from "react";
import { createRoot } from "react-dom/client";
import { HLSPlayer, type HLSPlayerProps } from "../../../HLSPlayer";
import type { Diary } from "../diary";

/**
 * A page with one player. Its props are JSON in the address: `?props={"src": ...}`.
 * With `token=a` the player gets a function that gives this token, or what the diary says later.
 * With `report` it tells the server which phase it is in. With `#gone` there is no player, as long as that stands there.
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

function subscribe(onChange: () => void): () => void {
  addEventListener("hashchange", onChange);
  return () => {
    removeEventListener("hashchange", onChange);
  };
}

function Player() {
  const isGone = useSyncExternalStore(subscribe, () => location.hash === "#gone");
  if (isGone) return null;
  return (
    <HLSPlayer
      {...props}
      {...(token && { authorization })}
      onPhase={(phase) => {
        diary.phases.push(phase);
        if (phase === "live") diary.liveAfter ??= performance.now() / 1000;
        if (query.has("report")) void fetch("/report", { method: "POST", body: phase });
      }}
      onLatency={(sample) => diary.samples.push(sample)}
      onError={({ details }) => diary.errors.push(details)}
    />
  );
}

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Player />
    </StrictMode>,
  );
}

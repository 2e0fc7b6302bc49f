/**
 * The page of scripts/bench-latency: plays `?src=` with `?player=`, and reports every second what is on the screen.
 * With `?events=` it hears there of what is stored.
 *
 * Players: `storefeed` is ours; `documented` is hls.js with the documented settings; `default` hls.js with its own;
 * `joins` opens that one again and again, and reports how long each took.
 */
import Hls from "hls.js/light";
import { createRoot } from "react-dom/client";
import { HLSPlayer } from "../../HLSPlayer";
import { DOCUMENTED } from "../../live/config";
import { latencyOf } from "../../live/latency";
import { join } from "./joins";
import { Observer } from "./sight";

const parameters = new URLSearchParams(location.search);
const src = parameters.get("src") ?? "";
const player = parameters.get("player") ?? "storefeed";
const events = parameters.get("events");
const errors: string[] = [];

function open(): void {
  const root = document.querySelector("#root");
  if (!root) throw new Error("The page is not whole.");
  if (player === "storefeed") {
    const onError = ({ details, fatal }: { details: string; fatal: boolean }) =>
      errors.push(`${details}${fatal ? " (fatal)" : ""}`);
    createRoot(root).render(<HLSPlayer src={src} eventsUrl={events} onError={onError} />);
    return;
  }
  const video = Object.assign(document.createElement("video"), { muted: true, autoplay: true });
  root.append(video);
  const hls = new Hls(player === "documented" ? DOCUMENTED : {});
  hls.on(Hls.Events.ERROR, (_event, { details, fatal }) =>
    errors.push(`${details}${fatal ? " (fatal)" : ""}`),
  );
  hls.attachMedia(video);
  hls.loadSource(src);
  video.hls = hls;
}

async function video(): Promise<HTMLVideoElement> {
  for (;;) {
    const found = document.querySelector("video");
    if (found) return found;
    await new Promise(requestAnimationFrame);
  }
}

function report(what: object): void {
  void fetch("/report", { method: "POST", body: JSON.stringify(what) });
}

/** What is on the screen, every second. */
async function watch(): Promise<void> {
  open();
  const seen = await video();
  const observer = new Observer(seen);
  setInterval(() => {
    report({ ...observer.take(), said: latencyOf(seen.hls, new Date()), errors: errors.splice(0) });
  }, 1000);
}

if (player === "joins") {
  await join(src, Number(parameters.get("count")), (after) => {
    report({ joined: after });
  });
} else await watch();

/** Viewers who come and go: each opens hls.js as it is, at some moment, and looks until the picture has moved for a while. */
import Hls from "hls.js/light";

/** Seconds within which a picture has to come, and for which it then has to go on. */
const PATIENCE = 20;
const LOOK = 1.5;
/** One picture may stand; so many do move. */
const MOVES = 3;
/** At most so many seconds between two viewers. */
const PAUSE = 2;

/** Seconds until each viewer saw a picture that moves; null for one who never did, or whose player broke down. */
export async function join(
  src: string,
  count: number,
  onJoined: (after: number | null) => void,
): Promise<void> {
  for (let viewer = 0; viewer < count; viewer += 1) {
    onJoined(await look(src));
    await pause(Math.random() * PAUSE);
  }
}

async function look(src: string): Promise<number | null> {
  const video = Object.assign(document.createElement("video"), { muted: true, autoplay: true });
  document.body.append(video);
  const hls = new Hls();
  const broken = new Promise<null>((resolve) => {
    hls.on(Hls.Events.ERROR, (_event, { fatal }) => {
      if (fatal) resolve(null);
    });
  });
  hls.attachMedia(video);
  hls.loadSource(src);
  try {
    return await Promise.race([broken, moved(video)]);
  } finally {
    hls.destroy();
    video.remove();
  }
}

/** Seconds until the picture moves, when it then goes on; null when it does not. */
async function moved(video: HTMLVideoElement): Promise<number | null> {
  const opened = performance.now();
  const seconds = () => (performance.now() - opened) / 1000;
  const pictures = () => video.getVideoPlaybackQuality().totalVideoFrames;
  while (pictures() < MOVES && seconds() < PATIENCE) await pause(0.05);
  const [after, begin] = [seconds(), video.currentTime];
  while (video.currentTime < begin + LOOK && seconds() < after + PATIENCE) await pause(0.05);
  return video.currentTime < begin + LOOK ? null : after;
}

const pause = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

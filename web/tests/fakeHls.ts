import type { HlsConstructor } from "../live/hls";

type Listener = (event: string, data: unknown) => void;

/** The part of an error that the player looks at. */
interface Failure {
  type?: "mediaError" | "networkError";
  details?: string;
  fatal?: boolean;
  response?: { code: number };
  networkDetails?: unknown;
}

class FakeLoader {
  load(): void {
    throw new Error("The fake player loads nothing.");
  }
}

/** As much of hls.js as the player uses, playing what a test tells it. */
export class FakeHls {
  static readonly Events = {
    LEVEL_LOADED: "levelLoaded",
    BUFFER_APPENDED: "bufferAppended",
    FRAG_PARSED: "fragParsed",
    BUFFER_CODECS: "bufferCodecs",
    ERROR: "error",
  };
  static readonly ErrorTypes = { MEDIA_ERROR: "mediaError", NETWORK_ERROR: "networkError" };
  static readonly DefaultConfig = { loader: FakeLoader };
  static supported = true;
  /** Every instance that was made and not destroyed. */
  static readonly alive: FakeHls[] = [];
  static readonly isSupported = () => FakeHls.supported;

  video: HTMLVideoElement | null = null;
  src: string | null = null;
  liveSyncPosition: number | null = null;
  latency = 0;
  targetLatency = 2;
  playingDate: Date | null = null;
  recoveries = 0;
  private readonly listeners = new Map<string, Listener>();

  constructor(readonly config: Record<string, unknown>) {
    FakeHls.alive.push(this);
  }

  on(event: string, listener: Listener): void {
    this.listeners.set(event, listener);
  }

  attachMedia(video: HTMLVideoElement): void {
    this.video = video;
  }

  loadSource(src: string): void {
    this.src = src;
  }

  recoverMediaError(): void {
    this.recoveries += 1;
  }

  destroy(): void {
    FakeHls.alive.splice(FakeHls.alive.indexOf(this), 1);
    this.listeners.clear();
  }

  /** A playlist was read whose newest segment has this number; it ended `age` seconds ago. */
  playlist(mediaSequence: number, age = 1): void {
    const duration = 2;
    const programDateTime = Date.now() - (age + duration) * 1000;
    const details = { endSN: mediaSequence, targetduration: 2, fragments: [{ programDateTime, duration }] };
    this.emit(FakeHls.Events.LEVEL_LOADED, { details });
  }

  sound(): void {
    this.emit(FakeHls.Events.BUFFER_CODECS, { audio: {}, video: {} });
  }

  /** It has made this Media Initialization Section, and will append it. */
  made(initSegment: Uint8Array): void {
    this.emit(FakeHls.Events.BUFFER_CODECS, { video: { initSegment } });
  }

  fail(error: Failure): void {
    this.emit(FakeHls.Events.ERROR, {
      error: new Error("it broke"),
      fatal: true,
      details: "manifestLoadError",
      ...error,
    });
  }

  private emit(event: string, data: unknown): void {
    this.listeners.get(event)?.(event, data);
  }
}

/** The one player that lives. */
export function theHls(): FakeHls {
  const [hls, ...others] = FakeHls.alive;
  if (!hls || others.length > 0) throw new Error(`${FakeHls.alive.length} players are alive`);
  return hls;
}

export const loadFakeHls = () => Promise.resolve(FakeHls as unknown as HlsConstructor);

import Hls, { type Loader, type LoaderContext } from "hls.js/light";
import { afterEach, describe, expect, it } from "vitest";
import { LiveEdge } from "../live/edge";
import { freshLoader, liveLoaders } from "../live/loader";
import { serve } from "./server";

const store = serve();
const FOLDER = "/storage/v1/object/public/streams/cam/";
const src = () => `${store.origin}${FOLDER}stream.m3u8`;
const loaders = () => liveLoaders(Hls.DefaultConfig.loader, new LiveEdge(src()));
const segments = (last: number) =>
  Array.from({ length: last }, (_, i) => `#EXTINF:0.3,\nsegment_00000${i + 1}_0a.ts\n`).join("");
const playlist = (last: number, info = "") =>
  `#EXTM3U\n#EXT-X-TARGETDURATION:1\n${info}#EXT-X-MEDIA-SEQUENCE:1\n${segments(last)}`;

const policy = {
  maxTimeToFirstByteMs: 2000,
  maxLoadTimeMs: 4000,
  timeoutRetry: null,
  errorRetry: null,
};
const patience = { loadPolicy: policy, timeout: 4000, maxRetry: 0, retryDelay: 0, maxRetryDelay: 0 };

const open: Loader<LoaderContext>[] = [];
afterEach(() => {
  for (const loader of open.splice(0)) loader.destroy();
});

type LoaderClass = new (config: typeof Hls.DefaultConfig) => unknown;

/** What one of hls.js's loaders says in the end, and whether it gave back the context it was given. */
function load(Loader: LoaderClass, url: string, config = Hls.DefaultConfig, responseType = "text") {
  const loader = new Loader(config) as Loader<LoaderContext>;
  open.push(loader);
  const context = { url, responseType } as LoaderContext;
  return new Promise<{ data?: unknown; code: number; own: boolean }>((resolve) => {
    loader.load(context, patience, {
      onSuccess: ({ data }, _stats, given) => {
        resolve({ data, code: 200, own: given === context });
      },
      onError: ({ code }, given) => {
        resolve({ code, own: given === context });
      },
      onTimeout: (_stats, given) => {
        resolve({ code: 0, own: given === context });
      },
    });
  });
}

const asked = (name: string) => store.requests.filter((request) => request.includes(name));

describe("loaders for hls.js", () => {
  it("hand on the playlist, read past caches and with what the caller sends along", async () => {
    store.answer(`${FOLDER}stream.m3u8`, 200, playlist(2));
    let seen = "";
    const xhrSetup = (_xhr: XMLHttpRequest, url: string) => {
      seen = url;
    };
    const { pLoader } = loaders();
    const { data, own } = await load(pLoader, src(), { ...Hls.DefaultConfig, xhrSetup });
    expect(data).toMatch(/segment_000002_0a\.ts\n$/);
    expect(own).toBe(true);
    expect(seen).toMatch(/stream\.m3u8\?cacheNonce=\w+$/);
  });

  it("wait until there is something newer, whatever hls.js adds to the address", async () => {
    store.answer(`${FOLDER}stream.m3u8`, 200, playlist(3));
    const { pLoader } = loaders();
    await load(pLoader, src());
    const next = load(pLoader, `${src()}?_HLS_msn=4`);
    const first = await Promise.race([
      next,
      new Promise((resolve) => setTimeout(resolve, 250, "nothing yet")),
    ]);
    expect(first).toBe("nothing yet");
    store.answer(`${FOLDER}stream.m3u8`, 200, playlist(4));
    expect((await next).data).toMatch(/segment_000004_0a\.ts\n$/);
    expect(asked("_HLS_")).toEqual([]);
  });

  it("say what the store said when it refuses", async () => {
    store.answer(`${FOLDER}stream.m3u8`, 400, '{"statusCode":"404"}');
    const { pLoader } = loaders();
    expect(await load(pLoader, src())).toEqual({ code: 400, own: true });
  });

  it("give bytes of a part that were fetched already, once, and fetch everything else", async () => {
    const parts = "#EXT-X-PART-INF:PART-TARGET=0.3\n";
    store.answer(`${FOLDER}stream.m3u8`, 200, playlist(5, parts));
    store.answer(`${FOLDER}segment_000006_0a.ts`, 200, "bytes");
    const { pLoader, fLoader } = loaders();
    await load(pLoader, src());
    expect((await load(pLoader, src())).data).toMatch(/segment_000006_0a\.ts\n$/);
    const part = `${store.origin}${FOLDER}segment_000006_0a.ts`;
    const before = asked("segment_000006").length;
    const { data, own } = await load(fLoader, part, Hls.DefaultConfig, "arraybuffer");
    expect([(data as ArrayBuffer).byteLength, own]).toEqual([5, true]);
    expect(asked("segment_000006").length).toBe(before);
    expect((await load(fLoader, part)).data).toBe("bytes");
    expect(asked("segment_000006").length).toBe(before + 1);
    expect(asked("segment_000006").at(-1)).not.toContain("cacheNonce");
  });

  it("read other playlists as they are, past caches", async () => {
    store.answer(`${FOLDER}other.m3u8`, 200, "other");
    const other = `${store.origin}${FOLDER}other.m3u8`;
    for (const { pLoader } of [loaders(), freshLoader(Hls.DefaultConfig.loader)]) {
      expect(await load(pLoader, other)).toEqual({ data: "other", code: 200, own: true });
      expect(asked("other").at(-1)).toMatch(/other\.m3u8\?cacheNonce=\w+$/);
    }
  });

  it("ask for nothing more when hls.js lets go of them", async () => {
    store.answer(`${FOLDER}stream.m3u8`, 200, playlist(6));
    const { pLoader } = loaders();
    await load(pLoader, src());
    void load(pLoader, src());
    open.at(-1)?.destroy();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const before = store.requests.length;
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(store.requests.length).toBe(before);
  });
});

/**
 * Loaders for hls.js that hand it what the live edge has: playlists the moment they are there, and parts that were
 * fetched already. Every request goes through hls.js's own loader, and so through the caller's `xhrSetup`.
 */
import type Hls from "hls.js";
import type {
  FragmentLoaderConstructor,
  HlsConfig,
  Loader,
  LoaderCallbacks,
  LoaderConfiguration,
  LoaderContext,
  PlaylistLoaderConstructor,
} from "hls.js";
import type { Answer, Asking, LiveEdge } from "./edge";
import { withNonce } from "./fresh";

type BaseLoader = typeof Hls.DefaultConfig.loader;
type NetworkDetails = Parameters<LoaderCallbacks<LoaderContext>["onError"]>[2];
type Load = Parameters<Loader<LoaderContext>["load"]>;

/** What hls.js wants to know of a request that failed. */
export interface Refusal {
  readonly reason: string;
  readonly timedOut: boolean;
  readonly networkDetails: NetworkDetails;
}

/** hls.js's own way of reading playlists, from an address that no cache has seen. */
export function freshLoader(Base: BaseLoader): { pLoader: PlaylistLoaderConstructor } {
  class FreshPlaylistLoader extends Base {
    override load(...[context, config, callbacks]: Load): void {
      super.load({ ...context, url: withNonce(context.url, document.baseURI) }, config, callbacks);
      // hls.js tells requests apart by the context it gave, and calls back with the one it finds here.
      this.context = context;
    }
  }
  return { pLoader: FreshPlaylistLoader as unknown as PlaylistLoaderConstructor };
}

/** The loaders of one player for the playlist of this live edge. */
export function liveLoaders(
  Base: BaseLoader,
  edge: LiveEdge<Refusal>,
): { pLoader: PlaylistLoaderConstructor; fLoader: FragmentLoaderConstructor } {
  class LivePlaylistLoader extends Base {
    private readonly life = new AbortController();

    constructor(private readonly settings: HlsConfig) {
      super(settings);
    }

    override load(...[context, config, callbacks]: Load): void {
      if (!edge.isAt(new URL(context.url, document.baseURI).href)) {
        super.load({ ...context, url: withNonce(context.url, document.baseURI) }, config, callbacks);
      } else {
        void this.wait(context, config, callbacks);
      }
      this.context = context;
    }

    override abort(): void {
      this.life.abort();
      super.abort();
    }

    override destroy(): void {
      this.life.abort();
      super.destroy();
    }

    private async wait(...[context, config, callbacks]: Load): Promise<void> {
      const { stats } = this;
      stats.loading.start = performance.now();
      const { signal } = this.life;
      try {
        const news = await edge.next(asking(Base, this.settings, context, config), signal);
        stats.loading.first = stats.loading.end = performance.now();
        if ("failed" in news) {
          tell(news.failed, this, callbacks, context);
          return;
        }
        stats.loaded = stats.total = news.text.length;
        callbacks.onSuccess({ url: context.url, data: news.text, code: 200 }, stats, context, null);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    }
  }

  class HeldFragmentLoader extends Base {
    override load(...[context, config, callbacks]: Load): void {
      const bytes = edge.take(new URL(context.url, document.baseURI).href);
      if (bytes === null) {
        super.load(context, config, callbacks);
        return;
      }
      this.context = context;
      const { stats } = this;
      stats.loading.start = stats.loading.first = stats.loading.end = performance.now();
      stats.loaded = stats.total = bytes.byteLength;
      callbacks.onSuccess({ url: context.url, data: bytes, code: 200 }, stats, context, null);
    }
  }
  return {
    pLoader: LivePlaylistLoader as unknown as PlaylistLoaderConstructor,
    fLoader: HeldFragmentLoader as unknown as FragmentLoaderConstructor,
  };
}

function tell(
  { code, reason, timedOut, networkDetails }: Answer<unknown> & Refusal,
  { stats }: Loader<LoaderContext>,
  callbacks: LoaderCallbacks<LoaderContext>,
  context: LoaderContext,
): void {
  if (timedOut) callbacks.onTimeout(stats, context, networkDetails);
  else callbacks.onError({ code, text: reason }, context, networkDetails, stats);
}

/** Requests by hls.js's loader, each with its patience and none with its retries. */
function asking(
  Base: BaseLoader,
  settings: HlsConfig,
  context: LoaderContext,
  config: LoaderConfiguration,
): Asking<Refusal> {
  const once = { ...config, loadPolicy: { ...config.loadPolicy, errorRetry: null, timeoutRetry: null } };
  const ask = <Data>(url: string, responseType: string, signal: AbortSignal) =>
    new Promise<Answer<Data> & Refusal>((resolve, reject) => {
      const loader = new Base(settings);
      const abort = () => {
        loader.destroy();
        reject(signal.reason as Error);
      };
      const end = (answer: Partial<Answer<Data> & Refusal>) => {
        signal.removeEventListener("abort", abort);
        resolve({ data: null, code: 0, reason: "", timedOut: false, networkDetails: null, ...answer });
        loader.destroy();
      };
      signal.addEventListener("abort", abort);
      loader.load({ ...context, url, responseType }, once, {
        onSuccess: ({ data }) => {
          end({ data: data as Data, code: 200 });
        },
        onError: ({ code, text }, _context, networkDetails) => {
          end({ code, reason: text, networkDetails });
        },
        onTimeout: (_stats, _context, networkDetails) => {
          end({ reason: "no answer in time", timedOut: true, networkDetails });
        },
      });
    });
  return {
    text: (url, signal) => ask(url, "text", signal),
    bytes: (url, signal) => ask(url, "arraybuffer", signal),
  };
}

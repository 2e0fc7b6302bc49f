import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Page } from "playwright-core";
import { build } from "vite";
import type { Phase } from "../../live/machine";
import { Proxy } from "./proxy";
import type { Worker } from "./worker";

/** The path of the shipped camera in its store. */
export const FOLDER = "/storage/v1/object/public/streams/location_1/cam_floor";

export const PLAYLIST = /\/stream\.m3u8(\?|$)/;
export const SEGMENT = /\.ts(\?|$)/;
export const EVENTS = /\/playlist\/events(\?|$)/;
export const STATUS = /\/status\.json(\?|$)/;
export const SNAPSHOT = /\/snapshot\.jpg(\?|$)/;
/** A segment on its way into the store. */
export const UPLOAD = /\/object\/(?!public\/|authenticated\/)[^/]+\/.*\.ts$/;

/** The page of one player, built as an application would, and a proxy that serves it before a worker. */
export class Rig {
  /** The phase of the page that was opened with `report`, as it says itself: to look into a page counts as a click in it. */
  reported: Phase | null = null;

  private constructor(
    readonly proxy: Proxy,
    private readonly folder: string,
  ) {}

  static async before(worker: Worker): Promise<Rig> {
    const folder = await mkdtemp(path.join(tmpdir(), "storefeed-page-"));
    const root = path.join(import.meta.dirname, "page");
    await build({
      root,
      base: "./",
      logLevel: "error",
      build: { outDir: folder, emptyOutDir: true, chunkSizeWarningLimit: 600 },
    });
    const rig = new Rig(await Proxy.start(worker.origin, folder), folder);
    rig.disarm();
    return rig;
  }

  async stop(): Promise<void> {
    await this.proxy.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** From now on nothing fails. */
  disarm(): void {
    this.reported = null;
    this.proxy.disarm();
    this.proxy.arm(/^\/report$/, async ({ request, response }) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      this.reported = Buffer.concat(chunks).toString() as Phase;
      response.writeHead(204).end();
    });
  }

  /** Where the player plays `src` (a path of the store) with these other props. */
  address(props: Record<string, unknown> = {}, more: Record<string, string> = {}): string {
    const src = `${this.proxy.origin}${FOLDER}/stream.m3u8`;
    const query = new URLSearchParams({ props: JSON.stringify({ src, ...props }), ...more });
    return `${this.proxy.origin}/page/?${query.toString()}`;
  }

  async open(
    page: Page,
    props: Record<string, unknown> = {},
    more: Record<string, string> = {},
  ): Promise<void> {
    await page.goto(this.address(props, more));
  }
}

/** A playlist of a stream that ended a while ago, whose segments are gone. */
export const REMAINS = [
  "#EXTM3U",
  "#EXT-X-VERSION:6",
  "#EXT-X-TARGETDURATION:2",
  "#EXT-X-MEDIA-SEQUENCE:42",
  "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T14:03:00.000Z",
  "#EXTINF:2.000000,",
  "gone_000042.ts",
  "",
].join("\n");

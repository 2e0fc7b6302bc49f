// @vitest-environment node
import { version } from "react";
import { renderToString } from "react-dom/server";
import { expect, it } from "vitest";
import { HLSPlayer } from "../HLSPlayer";
import { loadHls } from "../live/hls";

it("the player renders on a server, connecting", () => {
  const html = renderToString(<HLSPlayer src="https://store.example/cam/stream.m3u8" className="mine" />);
  expect(html).toContain('data-phase="connecting"');
  expect(html).toContain("<video");
});

it("hls.js can be loaded on a server, and says that it cannot play there", async () => {
  expect((await loadHls()).isSupported()).toBe(false);
});

it("this is the React that these tests are about", () => {
  expect(version.split(".")[0]).toBe(import.meta.env["REACT"]);
});

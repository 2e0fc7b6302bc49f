import { describe, expect, it } from "vitest";
import { jsonOf, readFresh, withNonce } from "../live/fresh";
import { serve } from "./server";

const store = serve();

describe("a nonce", () => {
  it("is never the same twice", () => {
    const seen = Array.from({ length: 1000 }, () => withNonce("https://store.example/a/stream.m3u8"));
    expect(new Set(seen).size).toBe(1000);
  });

  it("replaces an older one and leaves the rest of the address alone", () => {
    const url = new URL(withNonce(withNonce("https://store.example/a/stream.m3u8?token=t#x")));
    expect([...url.searchParams.keys()]).toEqual(["token", "cacheNonce"]);
    expect(url.searchParams.get("token")).toBe("t");
    expect(url.hash).toBe("#x");
  });

  it("resolves a relative address against the base", () => {
    expect(withNonce("/api/cameras", "http://localhost:8000/cameras/a")).toMatch(
      /^http:\/\/localhost:8000\/api\/cameras\?cacheNonce=\w+$/,
    );
  });
});

describe("a fresh reading", () => {
  const open = new AbortController().signal;

  it("gives status and text, and asks with a nonce", async () => {
    store.answer("/status.json", 400, '{"statusCode":"404"}');
    expect(await readFresh(`${store.origin}/status.json`, open)).toEqual({
      status: 400,
      text: '{"statusCode":"404"}',
    });
    expect(store.requests.at(-1)).toMatch(/^\/status\.json\?cacheNonce=\w+$/);
  });

  it("is undefined where nothing answers", async () => {
    expect(await readFresh("http://127.0.0.1:9/status.json", open)).toBeUndefined();
  });

  it("ends with its signal", async () => {
    store.hang("/slow");
    const life = new AbortController();
    const reading = readFresh(`${store.origin}/slow`, life.signal);
    life.abort();
    expect(await reading).toBeUndefined();
  });

  it("takes a page in the place of JSON for nothing", () => {
    expect(jsonOf({ status: 200, text: "<!doctype html>" })).toBeNull();
  });
});

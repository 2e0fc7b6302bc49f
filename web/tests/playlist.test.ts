import { describe, expect, it } from "vitest";
import { parsePlaylist } from "../live/playlist";

const live = `#EXTM3U
#EXT-X-VERSION:6
#EXT-X-TARGETDURATION:2
#EXT-X-MEDIA-SEQUENCE:42
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T14:03:00.000Z
#EXTINF:2.000000,
a.ts
#EXT-X-DISCONTINUITY
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T14:03:10.500Z
#EXTINF:2.000000,
b.ts
#EXTINF:1.500000,
c.ts
`;

describe("a media playlist", () => {
  it("gives its newest segment and when that ended", () => {
    expect(parsePlaylist(live)).toEqual({
      mediaSequence: 44,
      targetDuration: 2,
      newestAt: Date.parse("2026-11-21T14:03:14.000Z") / 1000,
    });
  });

  it("may have no dates and start at 0", () => {
    const text = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\na.ts\n";
    expect(parsePlaylist(text)).toEqual({ mediaSequence: 0, targetDuration: 1, newestAt: null });
  });

  it("may have lines that end as on Windows", () => {
    expect(parsePlaylist(live.replaceAll("\n", "\r\n"))).toEqual(parsePlaylist(live));
  });

  it.each([
    ["an error of the store", '{"statusCode":"404","error":"not_found"}'],
    ["a page", "<!doctype html>"],
    ["a multivariant playlist", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlow.m3u8\n"],
    ["a playlist without segments", "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:7\n"],
    ["nothing", ""],
  ])("is not %s", (_name, text) => {
    expect(parsePlaylist(text)).toBeNull();
  });
});

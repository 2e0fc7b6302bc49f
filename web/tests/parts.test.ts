import { describe, expect, it } from "vitest";
import { beyond, joint, listingOf, shown, successor } from "../live/parts";

const PLAIN = `#EXTM3U
#EXT-X-VERSION:6
#EXT-X-TARGETDURATION:2
#EXT-X-MEDIA-SEQUENCE:41
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T14:03:08.000Z
#EXTINF:2.00000,
segment_000041_5a1f00c3.ts
#EXT-X-DISCONTINUITY
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T14:03:10.000Z
#EXTINF:1.93300,
segment_000042_5a1f00c3.ts
`;

const PARTS = `#EXTM3U
#EXT-X-VERSION:6
#EXT-X-TARGETDURATION:2
#EXT-X-SERVER-CONTROL:HOLD-BACK=6.0,PART-HOLD-BACK=1.0
#EXT-X-PART-INF:PART-TARGET=0.33334
#EXT-X-START:TIME-OFFSET=-0.990
#EXT-X-MEDIA-SEQUENCE:118
#EXT-X-DISCONTINUITY-SEQUENCE:3
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T14:03:08.000Z
#EXT-X-PART:DURATION=0.33333,URI="segment_000120_5a1f00c3.ts",INDEPENDENT=YES
#EXTINF:0.33333,
segment_000120_5a1f00c3.ts
#EXT-X-PART:DURATION=0.33333,URI="segment_000121_5a1f00c3.ts"
#EXTINF:0.33333,
segment_000121_5a1f00c3.ts
#EXT-X-DISCONTINUITY
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T14:03:10.000Z
#EXT-X-PART:DURATION=0.33333,URI="segment_000122_5a1f00c3.ts",INDEPENDENT=YES
#EXTINF:0.33333,
segment_000122_5a1f00c3.ts
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="segment_000123_5a1f00c3.ts"
`;

const part = (serial: number) => ({
  uri: `segment_${String(serial).padStart(6, "0")}_5a1f00c3.ts`,
  duration: 0.33333,
});

describe("a listing", () => {
  it("tells the numbers, the newest, and that segments are whole", () => {
    expect(listingOf(PLAIN)).toEqual({
      first: 41,
      last: 42,
      newest: { uri: "segment_000042_5a1f00c3.ts", duration: 1.933 },
      period: 1.933,
      partDuration: null,
    });
  });

  it("tells that there are parts, and how long they are", () => {
    expect(listingOf(PARTS)).toMatchObject({
      first: 118,
      last: 120,
      partDuration: 0.33334,
      newest: part(122),
    });
  });

  it("reads lines as any system ends them", () => {
    expect(listingOf(PARTS.replaceAll("\n", "\r\n"))).toMatchObject({ last: 120, newest: part(122) });
  });

  it.each([
    "",
    "#EXTM3U\n#EXT-X-TARGETDURATION:2\n",
    "<html>",
    "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nhigh.m3u8\n",
  ])("is none where nothing is listed: %j", (text) => {
    expect(listingOf(text)).toBeNull();
  });
});

describe("the name after a name", () => {
  it.each([
    ["segment_000122_5a1f00c3.ts", "segment_000123_5a1f00c3.ts"],
    ["segment_000999_5a1f00c3.ts", "segment_001000_5a1f00c3.ts"],
    ["segment_999999_5a1f00c3.ts", "segment_1000000_5a1f00c3.ts"],
    ["live/segment_000009_0a.ts", "live/segment_000010_0a.ts"],
    ["p_000122_5a1f00c3.ts", "p_000123_5a1f00c3.ts"],
    ["live/p_999999_5a1f00c3.ts", "live/p_1000000_5a1f00c3.ts"],
    ["movie.ts", null],
    ["segment_1_0a.mp4", null],
  ])("%s -> %s", (name, next) => {
    expect(successor(name)).toBe(next);
  });
});

describe("parts that were found", () => {
  it("are those behind the newest one listed", () => {
    expect(beyond([121, 122, 123, 124].map(part), part(122).uri)).toEqual([123, 124].map(part));
    expect(beyond([123, 124].map(part), part(122).uri)).toEqual([123, 124].map(part));
    expect(beyond([121, 122].map(part), part(122).uri)).toEqual([]);
  });

  it("are forgotten when the playlist has gone on elsewhere", () => {
    expect(beyond([123, 124].map(part), part(130).uri)).toEqual([]);
    expect(beyond([123].map(part), "segment_000122_00000000.ts")).toEqual([]);
  });

  it("stand at the end of what the player is shown, which is plain segments", () => {
    const text = shown(PARTS, [part(123)], 0);
    expect(text).not.toMatch(/EXT-X-PART|PRELOAD|HOLD-BACK|START/);
    expect(text).toMatch(/^#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES$/m);
    expect(text.endsWith("segment_000122_5a1f00c3.ts\n#EXTINF:0.33333,\nsegment_000123_5a1f00c3.ts\n")).toBe(
      true,
    );
    expect(listingOf(text)).toMatchObject({ first: 118, last: 121 });
  });
});

describe("a viewer who joins", () => {
  it("begins at the newest picture that a decoder can begin with", () => {
    const listing = listingOf(PARTS);
    expect(listing && joint(PARTS, listing)).toBe(120);
  });

  it("begins at the first segment when the playlist does not say", () => {
    const listing = listingOf(PLAIN);
    expect(listing && joint(PLAIN, listing)).toBe(41);
  });

  it("is shown nothing before that, under the right numbers", () => {
    expect(shown(PARTS, [], 120)).toBe(`#EXTM3U
#EXT-X-VERSION:6
#EXT-X-TARGETDURATION:2
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES
#EXT-X-MEDIA-SEQUENCE:120
#EXT-X-DISCONTINUITY-SEQUENCE:3
#EXT-X-DISCONTINUITY
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T14:03:10.000Z
#EXTINF:0.33333,
segment_000122_5a1f00c3.ts
`);
    expect(shown(`${PARTS}#EXTINF:0.3,\nsegment_000123_5a1f00c3.ts\n`, [], 121)).toMatch(
      /MEDIA-SEQUENCE:121\n#EXT-X-DISCONTINUITY-SEQUENCE:4\n#EXTINF:0.3,/,
    );
  });
});

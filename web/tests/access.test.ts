import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Access, expiryOf, type Authorization } from "../live/access";

const SRC = "https://store.example/cam/stream.m3u8";

/** A JWT that runs out at this Unix time. */
const jwt = (exp: number) => `${btoa('{"alg":"HS256"}')}.${btoa(JSON.stringify({ exp }))}.c2ln`;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** An access whose function counts how often it was asked. */
function counting(give: (asked: number) => string | null | Promise<string | null>) {
  const trouble: string[] = [];
  let asked = 0;
  const authorization: Authorization = () => give((asked += 1));
  const access = new Access(
    SRC,
    () => ({ authorization }),
    (reason) => trouble.push(reason),
  );
  const ask = async () => (await access.headersFor(SRC))["Authorization"] ?? null;
  return { access, ask, trouble, times: () => asked };
}

describe("a token", () => {
  it("is the one of this moment", async () => {
    let token = "first";
    const access = new Access(SRC, () => ({ authorization: token }));
    expect(await access.headersFor(SRC)).toEqual({ Authorization: "Bearer first" });
    token = "second";
    expect(await access.headersFor(SRC)).toEqual({ Authorization: "Bearer second" });
  });

  it.each([
    "https://elsewhere.example/cam/stream.m3u8",
    "http://store.example/cam/stream.m3u8",
    "https://store.example:8443/cam/stream.m3u8",
    "https://store.example.evil.example/cam/stream.m3u8",
  ])("is never sent to %s", async (url) => {
    const access = new Access(SRC, () => ({ authorization: "secret", headers: { apikey: "k" } }));
    expect(access.opens(url)).toBe(false);
    expect(await access.headersFor(url)).toEqual({});
  });

  it("is asked for once, and kept while it is good", async () => {
    const { ask, times } = counting((asked) => `t${asked}`);
    expect(await Promise.all([ask(), ask()])).toEqual(["Bearer t1", "Bearer t1"]);
    vi.advanceTimersByTime(3_600_000);
    expect([await ask(), times()]).toEqual(["Bearer t1", 1]);
  });

  it("is asked for again half a minute before it runs out", async () => {
    const { ask, times } = counting((asked) => jwt(Date.now() / 1000 + 60 * asked));
    await ask();
    vi.advanceTimersByTime(29_000);
    await ask();
    expect(times()).toBe(1);
    vi.advanceTimersByTime(2000);
    await ask();
    expect(times()).toBe(2);
  });

  it("is asked for again after it was refused, and not more often than every 3 s", async () => {
    const { access, ask, times } = counting((asked) => `t${asked}`);
    await ask();
    vi.advanceTimersByTime(4000);
    access.refused();
    expect(await ask()).toBe("Bearer t2");
    access.refused();
    await ask();
    expect(times()).toBe(2);
    vi.advanceTimersByTime(4000);
    expect(await ask()).toBe("Bearer t3");
  });

  it("that cannot be had leaves the request without one, says why, and is asked for again", async () => {
    const { ask, trouble } = counting((asked) =>
      asked === 1 ? Promise.reject(new Error("Not signed in.")) : "t",
    );
    expect(await ask()).toBeNull();
    expect(trouble).toEqual(["Not signed in."]);
    vi.advanceTimersByTime(4000);
    expect(await ask()).toBe("Bearer t");
  });

  it("that never comes is not waited for longer than 10 s", async () => {
    const { ask, trouble } = counting(() => new Promise<string>(() => undefined));
    const asked = ask();
    await vi.advanceTimersByTimeAsync(10_001);
    expect(await asked).toBeNull();
    expect(trouble).toEqual(["No token came within 10 s."]);
  });
});

it.each([
  [jwt(1_800_000_000), 1_800_000_000],
  ["opaque", Number.POSITIVE_INFINITY],
  ["a.b.c", Number.POSITIVE_INFINITY],
  [`${btoa("{}")}.${btoa("{}")}.c`, Number.POSITIVE_INFINITY],
  [`x.${btoa("null")}.y`, Number.POSITIVE_INFINITY],
])("the token %s runs out at %d", (token, expected) => {
  expect(expiryOf(token)).toBe(expected);
});

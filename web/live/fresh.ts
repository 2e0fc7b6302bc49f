/**
 * Reading what is overwritten in place (the playlist, status.json) past every cache.
 *
 * Supabase's Smart CDN keeps an object for up to a minute after it was overwritten, whatever its Cache-Control says;
 * a `cacheNonce` that was never used before is the documented way past it. Segments are immutable and must stay
 * cacheable: they go without.
 */
import type { Access } from "./access";
import { within } from "./time";

// Math.random, because crypto.randomUUID exists in secure contexts only and the worker's page may be plain http.
const session = Math.random().toString(36).slice(2, 10);
let count = 0;

/** The same address with a new nonce. A relative address needs a `base`. */
export function withNonce(url: string, base?: string): string {
  const address = new URL(url, base);
  count += 1;
  address.searchParams.set("cacheNonce", `${session}${count.toString(36)}`);
  return address.href;
}

export interface Reading {
  /** HTTP status. */
  readonly status: number;
  readonly text: string;
}

/** What was read, as JSON; null when it is none (a captive portal answers 200 with a page). */
export function jsonOf(reading: Reading): unknown {
  try {
    return JSON.parse(reading.text);
  } catch {
    return null;
  }
}

/** Seconds after which a reading is given up. */
const TIMEOUT = 5;

/** GET a small object as it is now, with what opens it; undefined when nothing answered in time. */
export function readFresh(url: string, signal: AbortSignal, access?: Access): Promise<Reading | undefined> {
  const read = async (limit: AbortSignal): Promise<Reading> => {
    const headers = await access?.headersFor(url);
    const response = await fetch(withNonce(url, document.baseURI), {
      cache: "no-store",
      signal: limit,
      ...(headers && { headers }),
    });
    return { status: response.status, text: await response.text() };
  };
  return within(TIMEOUT, signal, read).catch(() => undefined);
}

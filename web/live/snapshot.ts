import type { Access } from "./access";
import { within } from "./time";

/** A picture that does not move. */
export interface Snapshot {
  /** For an <img>; a copy, to be let go of in the end. */
  readonly address: string;
  /** When it was made, as far as that is known. */
  readonly takenAt: Date | null;
}

/** Seconds within which it has to come. */
const TIMEOUT = 5;

/** The picture at `url` as it is now, with what opens it; null when it cannot be had. */
export function readSnapshot(url: string, access: Access, life: AbortSignal): Promise<Snapshot | null> {
  const get = async (signal: AbortSignal): Promise<Snapshot | null> => {
    const headers = await access.headersFor(url);
    const response = await fetch(url, { cache: "no-store", headers, signal });
    if (!response.ok) return null;
    const modified = Date.parse(response.headers.get("last-modified") ?? "");
    const address = URL.createObjectURL(await response.blob());
    return { address, takenAt: Number.isNaN(modified) ? null : new Date(modified) };
  };
  return within(TIMEOUT, life, get).catch(() => null);
}

export function letGo(snapshot: Snapshot | null): void {
  if (snapshot !== null) URL.revokeObjectURL(snapshot.address);
}

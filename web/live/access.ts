/**
 * What opens a private bucket: a token and headers, for the origin of the playlist and for no other.
 *
 * A token is asked for when the first request is made, shortly before it runs out (where it is a JWT that says when),
 * and after the store refused one. A request never waits for it longer than `PATIENCE`.
 */

/** A token, or a function that gives one: `async () => (await supabase.auth.getSession()).data.session?.access_token`. */
export type Authorization = string | null | undefined | (() => Answer | Promise<Answer>);
type Answer = string | null | undefined;

export interface Credentials {
  /** Sent as `Authorization: Bearer ...`. */
  readonly authorization?: Authorization;
  /** Sent as they are. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Seconds within which a function has to give its token, between two questions, and left on a token that is renewed. */
const PATIENCE = 10;
const ASK_EVERY = 3;
const MARGIN = 30;

export class Access {
  private readonly origin: string;
  private token: Promise<string | null> | null = null;
  private askedAt = Number.NEGATIVE_INFINITY;
  /** Unix time, seconds. */
  private expiresAt = Number.POSITIVE_INFINITY;

  /** `credentials` is asked at each request; `onTrouble` is told why a function gave no token. */
  constructor(
    src: string,
    private readonly credentials: () => Credentials,
    private readonly onTrouble: (reason: string) => void = () => undefined,
  ) {
    this.origin = new URL(src, document.baseURI).origin;
  }

  /** The headers for a request to `url`; none when it goes anywhere but to the playlist's own origin. */
  async headersFor(url: string): Promise<Readonly<Record<string, string>>> {
    if (!this.opens(url)) return {};
    const { authorization, headers = {} } = this.credentials();
    const token = typeof authorization === "function" ? await this.ask(authorization) : authorization;
    return token ? { ...headers, Authorization: `Bearer ${token}` } : headers;
  }

  /** Do requests to `url` carry anything at all? */
  opens(url: string): boolean {
    const { authorization, headers } = this.credentials();
    const hasAny = Boolean(authorization) || Object.keys(headers ?? {}).length > 0;
    return hasAny && new URL(url, document.baseURI).origin === this.origin;
  }

  /** A request was refused: the next one goes with another token, if there is one to be had. */
  refused(): void {
    this.expiresAt = Number.NEGATIVE_INFINITY;
  }

  private ask(give: () => Answer | Promise<Answer>): Promise<string | null> {
    const now = performance.now() / 1000;
    const isGood = Date.now() / 1000 < this.expiresAt - MARGIN;
    if (this.token !== null && (isGood || now - this.askedAt < ASK_EVERY)) return this.token;
    this.askedAt = now;
    this.expiresAt = Number.POSITIVE_INFINITY;
    this.token = this.given(give);
    return this.token;
  }

  private async given(give: () => Answer | Promise<Answer>): Promise<string | null> {
    try {
      const token = (await within(PATIENCE, give)) ?? null;
      if (token === null) this.refused();
      else this.expiresAt = expiryOf(token);
      return token;
    } catch (error) {
      this.refused();
      this.onTrouble(error instanceof Error ? error.message : "The token could not be had.");
      return null;
    }
  }
}

/** When a JWT runs out, Unix time in seconds; never, for a token that does not say (RFC 7519 section 4.1.4). Pure. */
export function expiryOf(token: string): number {
  try {
    const payload = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    const claims: unknown = JSON.parse(atob(payload));
    const expiry = typeof claims === "object" && claims !== null && "exp" in claims ? claims.exp : undefined;
    return typeof expiry === "number" ? expiry : Number.POSITIVE_INFINITY;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** What `give` gives; rejects when that takes more than so many seconds. */
async function within<T>(seconds: number, give: () => T | Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`No token came within ${seconds} s.`));
    }, seconds * 1000);
  });
  try {
    return await Promise.race([give(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Why a playlist could not be read. */
export type Failure =
  /** No answer: no network, no such host, or a connection that was refused or hung. */
  | "unreachable"
  /** The store is there and the playlist is not. */
  | "missing"
  /** There is no such bucket, or it is private and was asked for as if it were public: the store says the same. */
  | "no-bucket"
  /** A token is missing, expired, or opens something else. */
  | "forbidden"
  /** Too many requests, or a plan that is used up. */
  | "limited"
  /** The store says 503, which a passing trouble and a lasting overload have in common. */
  | "busy"
  /** Any other trouble of the store's. */
  | "down";

/**
 * What an answer means. `status` is HTTP's, 0 where there was none; `body` what came with it. Pure.
 *
 * Supabase Storage answers nearly every refusal with 400 and says in the body's `statusCode` and `code` what is meant.
 */
export function failureOf(status: number, body = ""): Failure {
  if (status === 0) return "unreachable";
  const { code, meant, message } = refusalIn(body);
  const effective = status === 400 ? (meant ?? 404) : status;
  if (code === "NoSuchBucket") return "no-bucket";
  if (effective === 401 || effective === 403 || /authorization|jwt|jws/i.test(message)) return "forbidden";
  if (effective === 402 || effective === 429) return "limited";
  if (effective === 503) return "busy";
  return effective >= 500 ? "down" : "missing";
}

interface Refusal {
  readonly code: string;
  readonly meant: number | null;
  readonly message: string;
}

function refusalIn(body: string): Refusal {
  const { code, statusCode, error, message } = recordIn(body);
  const meant = Number(statusCode);
  return {
    code: error === "Bucket not found" ? "NoSuchBucket" : typeof code === "string" ? code : "",
    meant: meant > 0 ? meant : null,
    message: typeof message === "string" ? message : "",
  };
}

function recordIn(body: string): Partial<Record<"code" | "statusCode" | "error" | "message", unknown>> {
  try {
    const json: unknown = JSON.parse(body);
    return typeof json === "object" && json !== null ? json : {};
  } catch {
    return {};
  }
}

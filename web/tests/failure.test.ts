import { expect, it } from "vitest";
import { failureOf } from "../live/failure";

const supabase = (statusCode: string, code: string, message = "", error = code) =>
  JSON.stringify({ statusCode, code, message, error });

it.each([
  ["no answer", 0, "", "unreachable"],
  ["a plain 404", 404, "", "missing"],
  [
    "Supabase's missing object",
    400,
    supabase("404", "NoSuchKey", "Object not found", "not_found"),
    "missing",
  ],
  ["a 400 that says nothing more", 400, "", "missing"],
  ["a page in the place of JSON", 400, "<!doctype html>", "missing"],
  [
    "Supabase's missing bucket",
    400,
    supabase("404", "NoSuchBucket", "Bucket not found", "Bucket not found"),
    "no-bucket",
  ],
  [
    "an older Supabase's missing bucket",
    400,
    '{"statusCode":"404","error":"Bucket not found","message":"Bucket not found"}',
    "no-bucket",
  ],
  [
    "an expired token",
    400,
    supabase("403", "AccessDenied", '"exp" claim timestamp check failed', "Unauthorized"),
    "forbidden",
  ],
  [
    "no token at all",
    400,
    supabase("400", "InvalidRequest", "headers must have required property 'authorization'"),
    "forbidden",
  ],
  ["a plain 401", 401, "", "forbidden"],
  ["a plain 403", 403, "", "forbidden"],
  ["too many requests", 429, "", "limited"],
  ["a plan that is used up", 402, "", "limited"],
  ["Supabase's too many requests", 400, supabase("429", "TooManyRequests"), "limited"],
  ["a busy store", 503, "", "busy"],
  ["a store in trouble", 500, "", "down"],
  ["a database that timed out", 544, "", "down"],
] as const)("%s is told as what it is", (_name, status, body, expected) => {
  expect(failureOf(status, body)).toBe(expected);
});

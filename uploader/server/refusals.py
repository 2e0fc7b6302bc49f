"""How Supabase Storage says no, word for word: what a client has learnt from the real one holds for the embedded store.

Nearly every refusal is HTTP 400 with the status that is meant inside (supabase/storage src/internal/errors/codes.ts).
"""

from __future__ import annotations


class Refusal(Exception):
    """`status` is what is meant, `http_status` what stands on the first line of the answer."""

    def __init__(
        self, status: int, code: str, message: str, *, error: str | None = None, http_status: int = 400
    ) -> None:
        super().__init__(status, code, message)
        self.http_status = http_status
        # What is left of a body that will never come cannot be read past.
        self.headers = {"connection": "close"} if http_status == 408 else {}
        self.body = {"statusCode": str(status), "error": error or code, "message": message, "code": code}


def access_denied(message: str) -> Refusal:
    return Refusal(403, "AccessDenied", message, error="Unauthorized")


def bucket_already_exists() -> Refusal:
    return Refusal(409, "ResourceAlreadyExists", "The resource already exists", error="Duplicate")


def entity_too_large() -> Refusal:
    return Refusal(413, "EntityTooLarge", "The object exceeded the maximum allowed size", error="Payload too large")


def internal_error(message: str) -> Refusal:
    return Refusal(500, "InternalError", message, http_status=500)


def invalid_bucket_name() -> Refusal:
    return Refusal(400, "InvalidBucketName", "Bucket name invalid", error="Invalid Input")


def invalid_key(name: str) -> Refusal:
    return Refusal(400, "InvalidKey", f"Invalid key: {name[:200]}")


def invalid_mime_type(content_type: str) -> Refusal:
    return Refusal(
        415, "InvalidMimeType", f"mime type {content_type[:200]} is not supported", error="invalid_mime_type"
    )


def invalid_range() -> Refusal:
    return Refusal(416, "InvalidRange", "invalid range provided", error="invalid_range", http_status=416)


def invalid_request(message: str) -> Refusal:
    return Refusal(400, "InvalidRequest", message)


def key_already_exists() -> Refusal:
    return Refusal(409, "KeyAlreadyExists", "The resource already exists", error="Duplicate")


def no_such_bucket() -> Refusal:
    return Refusal(404, "NoSuchBucket", "Bucket not found", error="Bucket not found")


def no_such_key() -> Refusal:
    return Refusal(404, "NoSuchKey", "Object not found", error="not_found")


def too_slow() -> Refusal:
    return Refusal(408, "RequestTimeout", "The body stopped arriving", http_status=408)

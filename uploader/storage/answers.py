"""What an answer of Supabase Storage, or of what stands before it, means for the worker. Pure.

The one place that knows the store's errors: a status on the first line, another one that is meant in the body, a word
for it, and a message. All is turned into "passes by itself" or "stays until somebody acts", in plain words.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from uploader.errors import StorageError, StorageRefused, StorageUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

# What passes by itself though it is not 5xx: time-out, lock, too early, too many requests.
_PASSING = frozenset({408, 423, 425, 429})
# With a web page these come from a proxy or a network that wants a login first.
_GUARDED = frozenset({401, 403, 407})
# Nobody waits longer than this for a store because it said so (s).
LONGEST_RETRY_AFTER = 120.0
_LONGEST_QUOTE = 160


class NoSuchObject(StorageRefused):
    """There is no such object, or this key may not see it."""


class NoSuchBucket(StorageRefused):
    """There is no such bucket, or this key may not see it."""


class AlreadyThere(StorageRefused):
    """It exists already."""


class NotAccepted(StorageRefused):
    """The key or token is wrong, or has expired."""


class NotAllowed(StorageRefused):
    """The key is good, but a policy does not let it do this."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer other than 2xx. `status` is the one that is meant; the words come from a JSON body, where there is one.

    `page` says that the body was a web page, which the store never sends.
    """

    status: int
    code: str
    message: str
    page: bool = False
    retry_after: float | None = None

    def says(self, *words: str) -> bool:
        """Whether the code or the message contains one of these."""
        text = f"{self.code} {self.message}".lower()
        return any(word.lower() in text for word in words)


def parse(status: int, headers: Mapping[str, str], text: str, now: datetime) -> Answer:
    """Read an answer. `text` is its body, secrets already taken out; `now` is aware."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        body = {}
    meant = str(body.get("statusCode", ""))
    return Answer(
        int(meant) if re.fullmatch(r"[45]\d\d", meant, re.ASCII) else status,
        # Storage and PostgREST say "code" and "message"; Auth says it differently from version to version.
        code=_quoted(body.get("error_code") or body.get("code") or body.get("error")),
        message=_quoted(body.get("message") or body.get("msg") or body.get("error_description") or body.get("error")),
        page=is_page(headers),
        retry_after=_retry_after(headers.get("retry-after", ""), now),
    )


def is_page(headers: Mapping[str, str]) -> bool:
    """Whether an answer with these headers is a web page: Supabase calls even a stored one text/plain."""
    return "text/html" in headers.get("content-type", "").lower()


def error_of(answer: Answer, bucket: str) -> StorageError:
    """What the answer means and what to do about it. `bucket` is the one that was asked for."""
    if answer.status < 400 or (answer.page and answer.status in _GUARDED):
        return somebody_else()
    return _passing(answer) or _known(answer, bucket) or _unknown(answer)


def somebody_else() -> StorageUnavailable:
    """An answer that no store gives: a login page of the network, a proxy, or another program at this address."""
    return StorageUnavailable(
        "Something other than Supabase Storage answered, perhaps the login page of this network.",
        "Open any web page on this network to log in, and check SUPABASE_URL.",
    )


def _passing(answer: Answer) -> StorageUnavailable | None:
    # 540 is a project that was paused: somebody has to wake it.
    if answer.status in _PASSING or (answer.status >= 500 and answer.status != 540) or answer.says("TransactionError"):
        words = f"{answer.status}: {answer.message}" if answer.message else f"{answer.status}"
        return StorageUnavailable(
            f"The store cannot take requests at the moment ({words}).",
            "Uploading goes on by itself when it has recovered.",
            retry_after=answer.retry_after,
        )
    return None


def _known(answer: Answer, bucket: str) -> StorageRefused | None:
    return _key_trouble(answer) or _project_trouble(answer) or _missing(answer, bucket) or _unfit(answer, bucket)


def _key_trouble(answer: Answer) -> StorageRefused | None:
    if answer.says('"exp" claim', "jwt expired", "token has expired"):
        return NotAccepted(
            "The key for the store has expired.",
            "Put a new one into SUPABASE_ACCESS_TOKEN or SUPABASE_KEY. In .env it is used at once, elsewhere when the "
            "worker is started again.",
            status=answer.status,
        )
    if answer.says("row-level security"):
        return NotAllowed(
            "The policies of the Supabase project do not let this key write here.",
            "Run scripts/supabase.sql in the project, and check LOCATION_ID and the location of the box's user.",
            status=answer.status,
        )
    if answer.status == 401 or answer.says("jws", "jwt", "signature", "api key", "apikey", "authorization"):
        return NotAccepted(
            "The store does not accept the key.",
            "Copy it again into SUPABASE_KEY from the API settings of the project that SUPABASE_URL names. "
            "A Supabase of your own may not know keys that begin with sb_; it wants the long one (service_role).",
            status=answer.status,
        )
    return None


def _project_trouble(answer: Answer) -> StorageRefused | None:
    if answer.status == 540:
        return StorageRefused(
            "The Supabase project is paused.", "Restore it in the Supabase dashboard.", status=answer.status
        )
    if answer.status == 402:
        return StorageRefused(
            "The Supabase project has used up its quota.",
            "See the usage page of the Supabase dashboard.",
            status=answer.status,
        )
    return None


def _missing(answer: Answer, bucket: str) -> StorageRefused | None:
    if answer.says("NoSuchKey", "not_found", "object not found", "resource was not found"):
        return NoSuchObject("There is no such object in the store.", status=404)
    if answer.says("NoSuchBucket", "bucket not found", "bucket_not_found"):
        return NoSuchBucket(
            f"There is no bucket '{bucket}' in the store, or this key may not see it.",
            f"Create a public bucket '{bucket}' in the Supabase dashboard, or check SUPABASE_BUCKET.",
            status=404,
        )
    if answer.status == 404 or answer.says("tenant"):
        return StorageRefused(
            "There is no Supabase Storage at this address.",
            "Check SUPABASE_URL: it looks like https://abcdefgh.supabase.co",
            status=answer.status,
        )
    return None


def _unfit(answer: Answer, bucket: str) -> StorageRefused | None:
    if answer.status == 409:
        return AlreadyThere("The store has this already.", status=409)
    if answer.status == 413:
        return StorageRefused(
            "A segment is larger than the store takes.",
            f"Raise the file size limit of the bucket '{bucket}', or lower target_width or segment_duration.",
            status=answer.status,
        )
    if answer.status == 415:
        return StorageRefused(
            f"The bucket '{bucket}' does not take this type of file ({answer.message}).",
            "In the bucket's settings allow all types, or video/mp2t, application/vnd.apple.mpegurl, application/json, "
            "image/jpeg and image/webp.",
            status=answer.status,
        )
    if answer.says("InvalidKey", "invalid key"):
        return StorageRefused(
            "The store does not take this name for an object.",
            "Use only letters, digits, '-', '_' and '.' in LOCATION_ID and camera ids.",
            status=answer.status,
        )
    return None


def _unknown(answer: Answer) -> StorageRefused:
    words = f"{answer.status}: {answer.message}" if answer.message else f"{answer.status}"
    if answer.status == 403:
        return NotAllowed(f"The store does not let this key do this ({words}).", "Check the key.", status=403)
    return StorageRefused(f"The store refused ({words}).", "Check SUPABASE_URL and SUPABASE_KEY.", status=answer.status)


def _quoted(value: object) -> str:
    """A stranger's words, fit for one line of ours."""
    return " ".join("".join(c if c.isprintable() else " " for c in str(value or "")).split())[:_LONGEST_QUOTE]


def _retry_after(value: str, now: datetime) -> float | None:
    """Seconds of a Retry-After (RFC 9110 section 10.2.3): seconds, or a date."""
    try:
        if value.isdigit():
            seconds = float(int(value))
        else:
            seconds = (parsedate_to_datetime(value).astimezone(UTC) - now).total_seconds()
    except (ValueError, OverflowError):
        return None
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER)

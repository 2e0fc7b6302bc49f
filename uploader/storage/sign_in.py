"""What Supabase Auth's answer to a sign-in means. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from uploader.errors import StorageError, StorageRefused, StorageUnavailable
from uploader.storage import answers
from uploader.storage.answers import Answer, somebody_else

# Checking a password is hard work for a server that has just come back: it is not asked again sooner (s).
LEAST_PAUSE = 10.0
# No server means more seconds than this.
LONGEST_LIFE = 1e9
_USERS = "in the Supabase dashboard under Authentication > Users"


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in user. `lifetime` is how long the access token is good for (s); a refresh token works only once.

    `location` is what the policies of scripts/supabase.sql go by; None where the user has none.
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    lifetime: float
    location: str | None = None


def session_of(body: object) -> Session:
    """The session in the JSON of a good answer. Raises StorageUnavailable when it is not one of Supabase Auth."""
    match body:
        case {"access_token": str(access), "refresh_token": str(refresh), "expires_in": int() | float() as lifetime}:
            if 0 < lifetime <= LONGEST_LIFE and _is_token(access):
                return Session(access, refresh, float(lifetime), _location(body))
    raise somebody_else()


def _is_token(token: str) -> bool:
    return bool(token) and token.isascii() and token.isprintable() and " " not in token


def _location(body: object) -> str | None:
    match body:
        case {"user": {"app_metadata": {"location": str(location)}}}:
            return location or None
    return None


def error_of(answer: Answer) -> StorageError:
    """What another answer means, and what to do about it."""
    for words, what, advice in _REFUSALS:
        if answer.says(*words):
            return StorageRefused(what, advice, status=answer.status)
    error = answers.error_of(answer, bucket="")
    if isinstance(error, StorageUnavailable):
        pause = max(error.retry_after or 0.0, LEAST_PAUSE)
        return StorageUnavailable(error.what, error.advice, retry_after=pause)
    if answer.status in {400, 403, 422}:
        return StorageRefused(
            f"Supabase refused the sign-in ({answer.status}: {answer.message}).",
            "Check SUPABASE_EMAIL and SUPABASE_PASSWORD.",
            status=answer.status,
        )
    return error


_REFUSALS = (
    (
        ("invalid_credentials", "invalid login credentials", "user_not_found"),
        "Supabase does not know this e-mail address with this password.",
        f"Check SUPABASE_EMAIL and SUPABASE_PASSWORD; the box's user is {_USERS}.",
    ),
    (
        ("email_not_confirmed", "email not confirmed"),
        "The box's user has not been confirmed.",
        f"Add the user again {_USERS}, with 'Auto Confirm User' ticked.",
    ),
    (("user_banned", "user is banned"), "The box's user is banned.", f"Lift the ban {_USERS}."),
    (
        ("email_provider_disabled", "email logins are disabled"),
        "Signing in by e-mail is switched off in the Supabase project.",
        "Switch it on in the Supabase dashboard under Authentication > Sign In / Providers.",
    ),
    (
        ("captcha",),
        "The Supabase project wants a captcha solved at every sign-in, which no box can.",
        "Switch it off in the Supabase dashboard under Authentication > Attack Protection.",
    ),
)

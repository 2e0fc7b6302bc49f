"""The page for people without the token: one sentence, what to do, a field to paste it. Pure."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from html import escape

from uploader.server.access import SIGN_IN

ASKED = "This worker shows its cameras to people who have its token."
WRONG = "That is not the token, or not any more."
LATER = "Too many wrong tokens came from your address. Try again in {seconds} seconds."


def page(to: str, said: str = "", again: str | None = None) -> str:
    """The page; the form leads on to the path `to`. `said` is what was wrong with the token that was shown.

    `again` is an address to ask at once, from this page.
    """
    alert = f'<p class="alert" role="alert">{escape(said)}</p>' if said else ""
    refresh = f'<meta http-equiv="refresh" content="0; url={escape(again)}">' if again else ""
    return _PAGE.format(
        style=_STYLE, refresh=refresh, asked=ASKED, alert=alert, action=SIGN_IN, to=escape(to), icon=_ICON
    )


def headers() -> dict[str, str]:
    """What goes with it. Not `no-referrer`: browsers would send the form with an empty Origin."""
    digest = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    return {
        "content-security-policy": f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'",
        "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
    }


_ICON = (
    '<svg viewBox="0 0 32 32" width="32" height="32" aria-hidden="true">'
    '<rect width="32" height="32" rx="8" fill="#1d2430"/>'
    '<path d="M7 11.5A2.5 2.5 0 0 1 9.5 9h9a2.5 2.5 0 0 1 2.5 2.5v9a2.5 2.5 0 0 1-2.5 2.5h-9A2.5 2.5 0 0 1 7 20.5z'
    "M22.5 14.2 26.3 12a.8.8 0 0 1 1.2.7v6.6a.8.8 0 0 1-1.2.7l-3.8-2.2z"
    '" fill="#e8ebf0"/><circle cx="14" cy="16" r="3" fill="#3ddc84"/></svg>'
)

# The colours of the viewer's page (web/viewer/viewer.css).
_STYLE = """
:root { --ground: #0f1216; --raised: #171c23; --line: #2a323e; --text: #e8ebf0; --quiet: #9aa5b4; --live: #3ddc84;
  --off: #ff7a70; color-scheme: dark; background: var(--ground); color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif }
@media (prefers-color-scheme: light) {
  :root { --ground: #f3f5f8; --raised: #fff; --line: #d6dce5; --text: #151a21; --quiet: #566170; --live: #138a4b;
    --off: #c8352b; color-scheme: light }
}
* { box-sizing: border-box }
body { margin: 0; min-height: 100svh; display: grid; place-items: center; padding: 1.25rem }
main { width: min(26rem, 100%); display: grid; gap: 1rem; padding: 1.5rem; background: var(--raised);
  border: 1px solid var(--line); border-radius: 0.75rem }
header { display: flex; align-items: center; gap: 0.6rem; font-weight: 600 }
h1 { margin: 0; font-size: 1.25rem; line-height: 1.35 }
p { margin: 0; color: var(--quiet); overflow-wrap: anywhere }
code { color: var(--text) }
.alert { color: var(--off) }
form, label { display: grid; gap: 0.5rem }
form { gap: 0.75rem }
input, button { font: inherit; min-height: 3rem; border-radius: 0.5rem; padding: 0 0.9rem; width: 100% }
input { background: var(--ground); color: var(--text); border: 1px solid var(--line) }
button { border: 0; background: var(--live); color: var(--ground); font-weight: 600; cursor: pointer }
:focus-visible { outline: 2px solid var(--live); outline-offset: 2px }
"""

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
{refresh}<title>Storefeed</title>
<style>{style}</style>
<main>
<header>{icon}Storefeed</header>
<h1>{asked}</h1>
<p>Open the link that <code>python live_stream.py link</code> shows on the box, or paste the token:</p>
{alert}<form method="post" action="{action}">
<input type="hidden" name="to" value="{to}">
<label>Token
<input name="token" required autocomplete="off" autocapitalize="none" spellcheck="false" maxlength="500"></label>
<button>Show the cameras</button>
</form>
</main>
</html>
"""

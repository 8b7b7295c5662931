"""Turning texts into pages: one template, no script, nothing loaded from elsewhere, and headers that keep it so."""

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from starlette.responses import HTMLResponse

from api.domain.errors import AppError, NotFound
from api.domain.language import language_of, wishes_of
from api.routes.account.texts import TEXTS, Page
from api.services.accounts.passwords import SHORTEST

_FOLDER = Path(__file__).resolve().parents[2] / "templates"
_STYLE = (_FOLDER / "account" / "page.css").read_text("utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_TEMPLATE = Environment(loader=FileSystemLoader(_FOLDER), autoescape=True).get_template("account/page.html")
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; frame-ancestors 'none';"
        " base-uri 'none'"
    ),
}
"""The address of such a page is a secret: it is kept nowhere and told to nobody."""


def asking_page(page: Page, *, language: str, our_name: str, address: str, problem: str | None = None) -> HTMLResponse:
    """Return the page with the button; ``problem``: why it did not work a moment ago."""
    texts = TEXTS[language_of(language)]
    text = texts.pages[page]
    shown = {
        "title": text.title,
        "lead": text.lead.format(address=address, our_name=our_name),
        "button": text.button,
        "password_label": texts.field_label if page is Page.RESET else None,
        "password_hint": texts.field_hint.format(least=SHORTEST),
        "problem": texts.reasons[problem].format(least=SHORTEST) if problem else None,
    }
    return _page(shown, language, our_name, 422 if problem else 200)


def done_page(page: Page, *, language: str, our_name: str) -> HTMLResponse:
    """Return the page after the button."""
    text = TEXTS[language_of(language)].pages[page]
    return _page({"title": text.done_title, "lead": text.done_lead}, language, our_name, 200)


def refusal_page(error: AppError, *, our_name: str, spoken: Mapping[str, str]) -> HTMLResponse:
    """Return the page of a link that does not work, in the browser's language: whose it was is not told."""
    language = language_of(*wishes_of(spoken.get("accept-language")))
    texts = TEXTS[language]
    reason = str(error.facts.get("reason", "")) if not isinstance(error, NotFound) else "unknown"
    status = 404 if isinstance(error, NotFound) else 410
    lead = texts.reasons.get(reason, texts.reasons["unknown"])
    return _page({"title": texts.refused_title, "lead": lead}, language, our_name, status)


def _page(shown: dict[str, Any], language: str, our_name: str, status: int) -> HTMLResponse:
    html = _TEMPLATE.render(**shown, language=language_of(language), our_name=our_name, style=_STYLE)
    return HTMLResponse(html, status_code=status, headers=HEADERS | {"Content-Language": language_of(language)})

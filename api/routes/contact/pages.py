"""Pages: Jinja templates from ``api/templates/contact`` filled in, with the headers that keep them to themselves."""

from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from api.ports.policy import ServicePolicy
from api.routes.contact.words import NAMES, translator, wished_language

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).resolve().parents[2] / "templates" / "contact"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
SECURITY_HEADERS = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "style-src 'self'",
            "img-src 'self' data:",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "payment=(), camera=(), microphone=(), geolocation=()",
}
"""No script runs on these pages at all."""


def origin_of(url: str) -> str:
    """Return scheme and host of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def page(
    request: Request, template: str, *, status: int = 200, language: str | None = None, **facts: Any
) -> HTMLResponse:
    """Return a filled-in page in the reader's language; it is kept by nobody."""
    policy: ServicePolicy = request.app.state.ports.policy
    spoken = language or wished_language(request)
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]

    zone = ZoneInfo(policy.issuer.time_zone)

    def moment(at: datetime) -> str:
        return format_datetime(at, "medium", tzinfo=zone, locale=spoken)

    text = _TEMPLATES.get_template(template).render(
        _=translator(spoken),
        language=spoken,
        languages=NAMES,
        here=request.url.path,
        kept=kept,
        our_name=policy.our_name,
        issuer=policy.issuer,
        moment=moment,
        **facts,
    )
    headers = {"Content-Language": spoken, "Vary": "Accept-Language", "Cache-Control": "no-store"}
    return HTMLResponse(text, status, headers)

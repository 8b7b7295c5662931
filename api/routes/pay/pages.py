"""Pages: Jinja templates from ``api/templates/pay`` filled in, with the headers that keep them to themselves."""

from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from api.ports.policy import ServicePolicy
from api.routes.pay.words import NAMES, translator, wished_language
from api.settings import Settings

HERE = Path(__file__).resolve().parents[2]
_TEMPLATES = Environment(
    loader=FileSystemLoader(HERE / "templates" / "pay"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters["decimal"] = Decimal
_STRIPE_CALLS = ("https://api.stripe.com", "https://r.stripe.com", "https://errors.stripe.com")
_STRIPE_FRAMES = ("https://js.stripe.com", "https://*.js.stripe.com", "https://hooks.stripe.com")


def security_headers(settings: Settings) -> dict[str, str]:
    """Return what every answer under ``/pay`` carries: nothing but ours and the processor's may run or be called."""
    origin = origin_of(settings.stripe_script)
    other = {origin} if settings.stripe_api_base or settings.stripe_js_url else set()
    frames, calls = " ".join(sorted({*_STRIPE_FRAMES, *other})), " ".join(sorted({*_STRIPE_CALLS, *other}))
    policy = (
        "default-src 'none'",
        f"script-src 'self' {origin}" + (" https://*.js.stripe.com" if not other else ""),
        f"connect-src 'self' {calls}",
        f"frame-src {frames}",
        "style-src 'self'",
        "img-src 'self' data:",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
    return {
        "Content-Security-Policy": "; ".join(policy),
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Permissions-Policy": f'payment=(self "{origin}"), camera=(), microphone=(), geolocation=()',
    }


def origin_of(url: str) -> str:
    """Return scheme and host of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def wants_page(request: Request) -> bool:
    """Say whether a browser asks for a page, rather than an app for JSON."""
    accepted = request.headers.get("accept", "")
    return "text/html" in accepted and not accepted.startswith("application/json")


def page(
    request: Request, template: str, *, status: int = 200, language: str | None = None, **facts: Any
) -> HTMLResponse:
    """Return a filled-in page in the reader's language; it is kept by nobody."""
    text = words_of(request, template, language=language, **facts)
    spoken = language or wished_language(request)
    headers = {"Content-Language": spoken, "Vary": "Accept-Language, Accept", "Cache-Control": "no-store"}
    return HTMLResponse(text, status, headers)


def words_of(request: Request, template: str, *, language: str | None = None, **facts: Any) -> str:
    """Return a filled-in template as text."""
    settings: Settings = request.app.state.settings
    policy: ServicePolicy = request.app.state.ports.policy
    spoken = language or wished_language(request)
    return _TEMPLATES.get_template(template).render(
        _=translator(spoken),
        language=spoken,
        languages=NAMES,
        here=request.url.path,
        our_name=policy.our_name,
        issuer=policy.issuer,
        stripe_script=settings.stripe_script,
        stripe_key=settings.stripe_publishable_key,
        sandbox=not settings.livemode,
        **facts,
    )


def not_changed(request: Request, etag: str) -> Response | None:
    """Return the empty answer to a browser that has this state already."""
    return Response(status_code=304, headers={"ETag": etag}) if request.headers.get("if-none-match") == etag else None

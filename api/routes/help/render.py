"""Pages: Jinja templates from ``api/templates/help`` filled in, in the language of the reader."""

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from api.domain.language import LANGUAGES, language_of, wishes_of
from api.domain.support.article_text import blocks_of
from api.ports import Ports
from api.routes.help.words import NAMES, WORDS

HERE = Path(__file__).resolve().parents[2]
_TEMPLATES = Environment(
    loader=FileSystemLoader(HERE / "templates" / "help"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters["blocks"] = blocks_of


def wished_language(request: Request) -> str:
    """Return the language of a page: what was switched to, else what the browser asks for."""
    switched = request.query_params.get("lang")
    accepted = wishes_of(request.headers.get("accept-language", "")[:200])
    return language_of(switched if switched in LANGUAGES else None, *accepted)


def page(
    request: Request, template: str, *, status: int = 200, content_language: str | None = None, **facts: Any
) -> HTMLResponse:
    """Return a filled-in page; browsers ask again each time, since a vote changes it."""
    ports: Ports = request.app.state.ports
    spoken = wished_language(request)
    kept = {name: value for name, value in request.query_params.items() if name in {"q", "phase"}}
    text = _TEMPLATES.get_template(template).render(
        w=WORDS[spoken],
        language=spoken,
        languages=NAMES,
        here=request.url.path,
        switch={each: urlencode(kept | {"lang": each}) for each in LANGUAGES},
        keep=f"?lang={spoken}" if "lang" in request.query_params else "",
        our_name=ports.policy.our_name,
        **facts,
    )
    headers = {
        "Content-Language": content_language or spoken,
        "Vary": "Accept-Language",
        "Cache-Control": "private, no-cache",
    }
    return HTMLResponse(text, status, headers)

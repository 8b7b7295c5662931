"""The public status page, ``/status`` and ``/status.json``: from memory and a file, without sign-in or database.

The same routes are served by ``chargehand status serve``, a process of its own for another machine.
"""

import asyncio
import base64
import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from api.db import RoleUnusable
from api.domain.language import LANGUAGES, language_of, wishes_of
from api.ports import Ports
from api.routes.status.page_words import NAMES, PAGE
from api.routes.status.told import public_document
from api.services.status.board import Ping, StatusBoard

SECONDS = 1.5
"""A database that takes longer is slow; twice in a row it is gone."""
MONTHS_SHOWN = 4
_FOLDER = Path(__file__).resolve().parents[2] / "templates" / "status"
_STYLE = (_FOLDER / "page.css").read_text("utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_SHARED = {"Cache-Control": "public, max-age=15", "X-Content-Type-Options": "nosniff"}
_PAGE_HEADERS = _SHARED | {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept-Language",
}
_JSON_HEADERS = _SHARED | {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "ETag"}


def _moment(told: str | None) -> str:
    """Return a moment of the document to the minute, in UTC."""
    return f"{datetime.fromisoformat(told):%Y-%m-%d %H:%M}" if told else "–"


_TEMPLATES = Environment(
    loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_TEMPLATES.filters["moment"] = _moment
_TEMPLATES.filters["fill"] = lambda words, **facts: words.format(**facts)


def ping_of(engine: AsyncEngine) -> Callable[[], Awaitable[Ping]]:
    """Return what asks the database whether it is there."""

    async def ping() -> Ping:
        try:
            async with asyncio.timeout(SECONDS), engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
        except TimeoutError:
            return Ping.SLOW
        except (SQLAlchemyError, RoleUnusable, OSError):
            return Ping.GONE
        return Ping.ANSWERS

    return ping


@dataclass(frozen=True, slots=True)
class _Faces:
    """The two faces of one board."""

    board: StatusBoard

    async def machine(self, request: Request) -> Response:
        """Answer programs."""
        told, tag = await self._told_now()
        headers = _JSON_HEADERS | {"ETag": tag}
        return Response(status_code=304, headers=headers) if _known(request, tag) else JSONResponse(told, 200, headers)

    async def people(self, request: Request) -> Response:
        """Answer people, in the language of the address or of their browser."""
        wished = request.query_params.get("lang", "")
        spoken = wishes_of(request.headers.get("accept-language", "")[:200])
        language = wished if wished in LANGUAGES else language_of(*spoken)
        told, tag = await self._told_now()
        minutes = (told["age_s"] or 0) // 60
        tag = f'{tag[:-1]}-{language}-{minutes}"'
        headers = _PAGE_HEADERS | {"ETag": tag, "Content-Language": language}
        if _known(request, tag):
            return Response(status_code=304, headers=headers)
        return HTMLResponse(self._page(told, language, minutes), 200, headers)

    async def _told_now(self) -> tuple[dict[str, Any], str]:
        """Return the document and its tag: the age moves on by itself and is no news."""
        board, now = self.board, self.board.ports.clock.now()
        await board.look(now)
        age, url = board.age(now), board.ports.policy.public_url
        age_s = None if age is None else int(age.total_seconds())
        told = public_document(board.document(now), url=url, age_s=age_s)
        still = json.dumps(told | {"age_s": None}, sort_keys=True).encode()
        return told, f'W/"{hashlib.sha256(still).hexdigest()[:24]}"'

    def _page(self, told: dict[str, Any], language: str, minutes: int) -> str:
        months = sorted({each["month"] for part in told["components"] for each in part["uptime"]}, reverse=True)
        return _TEMPLATES.get_template("page.html").render(
            told=told,
            words=PAGE[language],
            lang=language,
            names=NAMES,
            age=minutes,
            months=months[:MONTHS_SHOWN],
            our_name=self.board.ports.policy.our_name,
            style=_STYLE,
        )


def status_routes(board: StatusBoard) -> list[Route]:
    """Return the two routes, to be put at the root of an application."""
    faces = _Faces(board)
    return [
        Route("/status", faces.people, methods=["GET"]),
        Route("/status.json", faces.machine, methods=["GET"]),
    ]


def _known(request: Request, tag: str) -> bool:
    """Say whether the caller has this version already."""
    named = [each.strip() for each in request.headers.get("if-none-match", "").split(",")]
    return tag in named or tag.removeprefix("W/") in named


def create_status_app(ports: Ports) -> Starlette:
    """Return an application of the status page alone: it reads the file and knows no database."""
    return Starlette(routes=status_routes(StatusBoard(ports)))

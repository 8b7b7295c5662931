"""Errors of the app API as problem documents (RFC 9457): the one error shape there is, from every cause.

``type`` is a stable address under our public URL, ``code`` the same in short; ``retryable`` and ``next_action`` tell
the app what to do, ``facts`` hold the numbers behind it. An unexpected error says nothing of itself but its request id.
"""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from api.domain.errors import AppError, Conflict, Forbidden, Invalid, NotFound, Refused, Unauthenticated, Upstream
from api.domain.money import Money
from api.domain.support.help_links import article_about
from api.routes.app.problem_status import incident_behind
from api.routes.app.problem_text import NextAction, ProblemText
from api.routes.app.problem_texts import TEXTS
from api.routes.app.rate_limits import reached_headers
from api.services.work import StatementFailed

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 2
_log = logging.getLogger(__name__)
_MALFORMED = frozenset({"malformed_request", "unknown_query_parameter", "idempotency_key_missing", "cursor_refused"})
_OWN_STATUS = {
    "body_too_large": 413,
    "body_too_slow": 408,
    "file_too_large": 413,
    "link_gone": 410,
    "precondition_failed": 412,
    "precondition_missing": 428,
    "too_many_attempts": 429,
    "too_many_resends": 429,
    "wait_not_over": 429,
}
_PAYMENT = frozenset({"hold_declined", "card_missing", "no_card_saved", "processor_refused"})
_KINDS: tuple[tuple[type[AppError], int, NextAction, bool], ...] = (
    (Unauthenticated, 401, NextAction.SIGN_IN, False),
    (Forbidden, 403, NextAction.NONE, False),
    (NotFound, 404, NextAction.NONE, False),
    (Conflict, 409, NextAction.RELOAD, False),
    (Refused, 422, NextAction.NONE, False),
    (Upstream, 503, NextAction.RETRY, True),
    (Invalid, 422, NextAction.CHANGE_REQUEST, False),
)


class FieldProblem(BaseModel):
    """One field that is missing or wrong: where it is, a stable code and words."""

    field: str
    code: str
    message: str


class Problem(BaseModel):
    """A problem document (RFC 9457)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "https://example.com/problems/quote-expired",
                    "title": "The price is out of date",
                    "status": 409,
                    "detail": "Ask for a new quote.",
                    "code": "quote-expired",
                    "retryable": False,
                    "next_action": "new_quote",
                    "request_id": "req_7f3a",
                    "facts": {},
                }
            ]
        }
    )
    type: str = Field(description="A stable address for this kind of problem.")
    title: str
    status: int
    detail: str
    code: str = Field(description="Stable and kebab-case; new codes may come, so fall back on `status`.")
    retryable: bool = Field(description="Whether the very same request may work later.")
    next_action: str = Field(description="What the app should do; new values may come.")
    request_id: str | None = None
    facts: dict[str, Any] = Field(default_factory=dict, description="The numbers behind it; depends on `code`.")
    errors: list[FieldProblem] | None = None
    help: str | None = Field(default=None, description="A page that explains it, where there is one.")
    incident: str | None = Field(
        default=None, description="The short id of an open incident, or of planned work, that touches what failed."
    )
    status_url: str | None = Field(default=None, description="Where to read about it; given with `incident`.")


def problem_of(error: AppError) -> tuple[int, ProblemText]:
    """Return the HTTP status and the words for an error of ours."""
    status, action, retryable = 422, NextAction.NONE, False
    for kind, kind_status, kind_action, kind_retryable in _KINDS:
        if isinstance(error, kind):
            status, action, retryable = kind_status, kind_action, kind_retryable
            break
    if error.code in _MALFORMED:
        status = 400
    elif error.code in _PAYMENT:
        status = 402
    status = _OWN_STATUS.get(error.code, status)
    title = error.code.replace("_", " ").capitalize()
    return status, TEXTS.get(error.code) or ProblemText(title, f"{title}.", action, retryable)


def install(app: FastAPI) -> None:
    """Make every error of ``app`` a problem document."""
    app.add_exception_handler(AppError, _on_app_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    for unavailable in (OperationalError, InterfaceError, PoolTimeout, StatementFailed, OSError):
        app.add_exception_handler(unavailable, _on_unavailable)
    app.add_exception_handler(Exception, _on_bug)


async def answer_problem(error: AppError, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with a problem from below the routes, in plain ASGI."""
    response = await _on_app_error(Request(scope, receive), error)
    await response(scope, receive, send)


async def _on_app_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, AppError)  # noqa: S101 - registered for this kind only
    status, text = problem_of(error)
    where = getattr(error, "location_key", None)
    return _render(request, status, error.code, text, facts=error.facts, location_key=where)


async def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this kind only
    found = error.errors()
    if any(each["type"] == "json_invalid" for each in found):
        return _render(request, 400, "malformed_request", TEXTS["malformed_request"])
    fields = [
        FieldProblem(
            field=".".join(str(part) for part in each["loc"]), code=each["type"].replace("_", "-"), message=each["msg"]
        )
        for each in found
    ]
    return _render(request, 422, "invalid_request", TEXTS["invalid_request"], errors=fields)


async def _on_http(request: Request, error: Exception) -> Response:
    """Render the framework's own refusals: unknown path, wrong method, unreadable body."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this kind only
    codes = {404: "not_found", 405: "method_not_allowed"}
    code = codes.get(error.status_code, "malformed_request" if error.status_code < 500 else "internal_error")
    return _render(request, error.status_code, code, TEXTS[code], headers=error.headers)


async def _on_unavailable(request: Request, error: Exception) -> Response:
    _log.error("app.unavailable", exc_info=error)
    return _render(request, 503, "service_unavailable", TEXTS["service_unavailable"])


async def _on_bug(request: Request, error: Exception) -> Response:
    _log.error("app.failed", exc_info=error)
    return _render(request, 500, "internal_error", TEXTS["internal_error"])


def _render(
    request: Request,
    status: int,
    code: str,
    text: ProblemText,
    *,
    facts: Mapping[str, object] | None = None,
    errors: list[FieldProblem] | None = None,
    headers: Mapping[str, str] | None = None,
    location_key: str | None = None,
) -> Response:
    settings = request.app.state.settings if "app" in request.scope else None
    base = settings.public_url.rstrip("/") if settings is not None else ""
    wire_code = code.replace("_", "-")
    request_id = request.scope.get("state", {}).get("request_id")
    incident = incident_behind(request, status=status, code=code, facts=facts or {}, location_key=location_key)
    document = Problem(
        type=f"{base}/problems/{wire_code}",
        title=text.title,
        status=status,
        detail=text.detail,
        code=wire_code,
        retryable=text.retryable,
        next_action=text.next_action,
        request_id=request_id,
        facts={name: _plain(value) for name, value in (facts or {}).items()},
        errors=errors,
        help=help_page(base, code),
        incident=incident,
        status_url=f"{base}/status" if incident else None,
    )
    extra = dict(headers or {}) | _headers(status, facts or {}, request_id)
    content = document.model_dump(mode="json", exclude_none=True)
    return JSONResponse(content, status_code=status, media_type=MEDIA_TYPE, headers=extra)


def _headers(status: int, facts: Mapping[str, object], request_id: str | None) -> dict[str, str]:
    """Return what a problem says in its headers."""
    extra = {"Retry-After": str(RETRY_AFTER_S)} if status == 503 else {}
    if "retry_after_s" in facts:
        extra["Retry-After"] = str(facts["retry_after_s"])
    extra |= reached_headers(facts)
    if status == 401:
        extra["WWW-Authenticate"] = "Bearer"
    # A crash is answered above the middleware that adds this header.
    if request_id:
        extra["X-Request-ID"] = request_id
    return extra


def help_page(base: str, code: str) -> str | None:
    """Return the address of the article that explains an error, None where there is none (EP03)."""
    slug = article_about(code)
    return f"{base}/help/articles/{slug}" if slug else None


def _plain(value: object) -> Any:
    """Return a fact as JSON: exact numbers as text, moments in UTC, money in its usual shape."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str | Decimal):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, Money):
        return {"amount_minor": value.minor, "currency": value.currency}
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(each) for each in value]
    return str(value)

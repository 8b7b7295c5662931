"""Conditional requests (RFC 9110, 13.1.2): does what the app already has still hold?"""

import hashlib
import re
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from fastapi import Header
from pydantic import BaseModel
from starlette.responses import Response

from api.domain.errors import Conflict, Invalid

Shown = TypeVar("Shown", bound=BaseModel)

POLL_HEADER = "Poll-After-S"
NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": "Nothing new since the `ETag` that was sent."}}
_AGES = re.compile(rb'"\w+_age_s":\d+,?')
IfMatch = Annotated[str | None, Header(description="The ETag of what the app is about to change.")]
IfNoneMatch = Annotated[str | None, Header(description="The ETag that the app has.")]


def matches(if_none_match: str | None, etag: str) -> bool:
    """Say whether the header names this ETag, by the weak comparison."""
    if not if_none_match:
        return False
    if if_none_match.strip() == "*":
        return True
    return etag.removeprefix("W/") in {each.strip().removeprefix("W/") for each in if_none_match.split(",")}


class PreconditionMissing(Invalid):
    """A change came without ``If-Match``: it might undo what another device changed meanwhile."""


class PreconditionFailed(Conflict):
    """Somebody changed the thing since the app read it (A16)."""


def expect(if_match: str | None, etag: str) -> None:
    """Raise PreconditionMissing or PreconditionFailed unless the header names this ETag, by the strong comparison."""
    if if_match is None:
        raise PreconditionMissing("precondition_missing")
    if if_match.strip() != "*" and etag not in {each.strip() for each in if_match.split(",")}:
        raise PreconditionFailed("precondition_failed")


def cache_headers(etag: str) -> dict[str, str]:
    """Return the headers of an answer that only its driver may keep, and asks about each time."""
    return {"ETag": etag, "Cache-Control": "private, no-cache"}


def poll_headers(etag: str, poll_after_s: int) -> Mapping[str, str]:
    """Return the headers that steer polling, the same with 200 and 304."""
    return {POLL_HEADER: str(poll_after_s)} | cache_headers(etag)


def not_modified(etag: str, poll_after_s: int) -> Response:
    """Return the answer to a poll that would tell nothing new."""
    return Response(status_code=304, headers=dict(poll_headers(etag, poll_after_s)))


def etag_of(body: bytes) -> str:
    """Return the weak ETag of a body of JSON; ages of things, which grow by themselves, are no news."""
    return f'W/"{hashlib.sha256(_AGES.sub(b"", body)).hexdigest()[:32]}"'


def conditional(shown: Shown, response: Response, if_none_match: str | None) -> Shown | Response:
    """Return what to answer a GET with: 304 where the app has it, else the shape, with its ETag on ``response``."""
    headers = cache_headers(etag_of(shown.model_dump_json().encode()))
    if matches(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return shown

"""Conditional requests (RFC 9110, 13.1.2): does what the app already has still hold?"""

from collections.abc import Mapping

from starlette.responses import Response

POLL_HEADER = "Poll-After-S"


def matches(if_none_match: str | None, etag: str) -> bool:
    """Say whether the header names this ETag, by the weak comparison."""
    if not if_none_match:
        return False
    if if_none_match.strip() == "*":
        return True
    return etag.removeprefix("W/") in {each.strip().removeprefix("W/") for each in if_none_match.split(",")}


def poll_headers(etag: str, poll_after_s: int) -> Mapping[str, str]:
    """Return the headers that steer polling, the same with 200 and 304."""
    return {"ETag": etag, POLL_HEADER: str(poll_after_s), "Cache-Control": "private, no-cache"}


def not_modified(etag: str, poll_after_s: int) -> Response:
    """Return the answer to a poll that would tell nothing new."""
    return Response(status_code=304, headers=dict(poll_headers(etag, poll_after_s)))

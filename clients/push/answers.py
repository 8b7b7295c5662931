"""What answers of push services have in common: busy and broken ones, how long to wait, words for the record."""

from datetime import datetime
from email.utils import parsedate_to_datetime

import httpx

from api.ports.push import PushUnavailable

_LONGEST_ANSWER = 300
_LONGEST_WAIT = 24 * 60 * 60
TOO_MANY = 429
BROKEN = 500


def words_of(response: httpx.Response) -> str:
    """Return what a service said, short and on one line."""
    return f"{response.status_code} {' '.join(response.text.split())}"[:_LONGEST_ANSWER]


def is_busy(response: httpx.Response) -> bool:
    """Say whether the same push may be taken later."""
    return response.status_code == TOO_MANY or response.status_code >= BROKEN


def unavailable(response: httpx.Response, now: datetime) -> PushUnavailable:
    """Return the error of a service that is busy, with the wait that it asks for."""
    return PushUnavailable("push_unavailable", answer=words_of(response), retry_after_s=retry_after(response, now))


def unreachable(error: Exception) -> PushUnavailable:
    """Return the error of a service that nobody answered for."""
    words = f"{type(error).__name__} {error}".strip()[:_LONGEST_ANSWER]
    return PushUnavailable("push_unavailable", answer=words, retry_after_s=None)


def retry_after(response: httpx.Response, now: datetime) -> int | None:
    """Return the seconds of a ``Retry-After`` (RFC 9110, 10.2.3), at most a day; None: it names none."""
    stated = response.headers.get("retry-after", "").strip()
    if stated.isascii() and stated.isdigit():
        return min(int(stated[:9]), _LONGEST_WAIT)
    try:
        at = parsedate_to_datetime(stated)
    except ValueError:
        return None
    if at.tzinfo is None:
        return None
    return min(max(0, int((at - now).total_seconds())), _LONGEST_WAIT)

"""Opaque, signed cursors: where a page ended, so that rows inserted meanwhile neither repeat nor vanish (A09)."""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime

from api.domain.errors import Invalid


class CursorRefused(Invalid):
    """The cursor was not made by us."""


def write_cursor(at: datetime, last_id: str, *, key: str) -> str:
    """Return the cursor behind the row created at ``at`` with ``last_id``."""
    text = f"{at.isoformat()}|{last_id}".encode()
    return f"{urlsafe_b64encode(text).decode().rstrip('=')}.{_signature(text, key)}"


def read_cursor(cursor: str, *, key: str) -> tuple[datetime, str]:
    """Return the moment and the id in a cursor; raises ``CursorRefused``."""
    packed, _, signature = cursor.partition(".")
    try:
        text = urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
        genuine = hmac.compare_digest(signature, _signature(text, key))
    except (ValueError, TypeError) as error:
        raise CursorRefused("cursor_refused") from error
    if not genuine:
        raise CursorRefused("cursor_refused")
    at, _, last_id = text.decode().partition("|")
    return datetime.fromisoformat(at), last_id


def _signature(text: bytes, key: str) -> str:
    return hmac.new(b"cursor\n" + key.encode(), text, hashlib.sha256).hexdigest()[:32]

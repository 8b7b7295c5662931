"""What faults do to everything the CPO says, whatever it is: how moments are written, how tokens travel, stray fields.

Applied to bodies on their way out, so that the rest of the sandbox works with honest ones.
"""

import base64
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sandbox.cpo.clock import from_iso, to_iso
from sandbox.cpo.faults import FaultBook

AHEAD_S = 600.0
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def disguised(faults: FaultBook, body: Any) -> Any:
    """Return ``body`` as the faults that are on want it."""
    ahead = faults.seconds("clock_ahead", None, AHEAD_S)
    if ahead:
        body = _moments(body, lambda text: to_iso(from_iso(text) + ahead))
    if faults.take("naive_times"):
        body = _moments(body, lambda text: text.removesuffix("Z"))
    if faults.take("string_numbers"):
        body = _numbers_as_text(body)
    if isinstance(body, dict) and faults.take("unknown_fields"):
        body = body | {"x_vendor": {"note": "no edition knows this"}, "remark_internal": None}
    return body


def authorization(token: str, faults: FaultBook, *, encoded: bool) -> str:
    """Write the Authorization header: base64 of the token from 2.2 on, the token itself before."""
    if not encoded or faults.take("raw_token"):
        return f"Token {token}"
    line_end = "\n" if faults.take("newline_token") else ""
    return "Token " + base64.b64encode((token + line_end).encode()).decode()


def _moments(value: Any, rewrite: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return rewrite(value) if _MOMENT.fullmatch(value) else value
    if isinstance(value, list):
        return [_moments(item, rewrite) for item in value]
    if isinstance(value, dict):
        return {name: _moments(item, rewrite) for name, item in value.items()}
    return value


def _numbers_as_text(value: Any) -> Any:
    """Write amounts as text, as one example of 2.1.1 does with a price."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, list):
        return [_numbers_as_text(item) for item in value]
    if isinstance(value, dict):
        return {name: _numbers_as_text(item) for name, item in value.items()}
    return value

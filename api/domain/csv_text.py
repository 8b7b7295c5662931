"""Rows as CSV for spreadsheets and programs (RFC 4180): ISO dates, decimal points, and nothing in it is a formula.

Every table that leaves the house as CSV is written here: a driver's history and copy of their data, finance's exports.
"""

import csv
import io
import json
import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a spreadsheet may take for the beginning of a formula; the last four are full-width forms of the first four."""
_EMAIL = re.compile(r"(?P<first>[^\s@<>\"',;:()\[\]]{1,64})@(?P<domain>[^\s@<>\"',;:()\[\]]{1,255})")


def csv_text(rows: Iterable[Iterable[Any]], *, mask: bool = False) -> str:
    """Return rows as lines of CSV, each value as ``cell`` writes it; ``mask`` hides who e-mail addresses are of."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([cell(masked(value) if mask else value) for value in row] for row in rows)
    return out.getvalue()


def cell(value: Any) -> str:
    """Return a value for a spreadsheet; text that would be a formula there, an operator's name perhaps, is quoted."""
    if value is None:
        return ""
    if isinstance(value, dict | list):
        return json.dumps(value, default=plain, ensure_ascii=False)
    if isinstance(value, str):
        return f"'{value}" if value.lstrip(" \u00a0").startswith(_FORMULA) else value
    return str(plain(value))


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it, exact numbers and moments as text."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    return value if isinstance(value, bool | int) else str(value)


def masked(value: Any) -> Any:
    """Return text with e-mail addresses cut to their first letter and domain; other values as they are."""
    if not isinstance(value, str) or "@" not in value:
        return value
    return _EMAIL.sub(lambda found: f"{found['first'][0]}***@{found['domain']}", value)

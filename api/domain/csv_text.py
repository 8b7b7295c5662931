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

_BLANK = "\\s\u200b-\u200f\u2060\ufeff"
"""What is not seen: a spreadsheet, or who copies a cell, may drop it."""
_SIGN = "=+\\-@\uff1d\uff0b\uff0d\uff20"
"""What a spreadsheet may take for the beginning of a formula; the last four are full-width forms of the first four."""
_FORMULA = re.compile(f"[\t\r\n]|[{_BLANK}]*[{_SIGN}]")
_NEXT_CELL = re.compile(f"([;\t\r\n][{_BLANK}]*)(?=[{_SIGN}])")
"""Where a spreadsheet of a country that writes decimal commas begins a cell in the middle of ours."""
_EMAIL = re.compile(r"(?P<first>[^\s@<>\"',;:()\[\]]{1,64})@(?P<domain>[^\s@<>\"',;:()\[\]]{1,255})")


def csv_text(rows: Iterable[Iterable[Any]], *, mask: bool = False) -> str:
    """Return rows as lines of CSV, each value as ``cell`` writes it; ``mask`` hides who e-mail addresses are of."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([masked(cell(value)) if mask else cell(value) for value in row] for row in rows)
    return out.getvalue()


def cell(value: Any) -> str:
    """Return a value for a spreadsheet; text that would be a formula there, an operator's name perhaps, is quoted."""
    if value is None:
        return ""
    if isinstance(value, dict | list):
        value = json.dumps(value, default=plain, ensure_ascii=False)
    if isinstance(value, str):
        inside = _NEXT_CELL.sub(r"\1'", value)
        return f"'{inside}" if _FORMULA.match(value) else inside
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

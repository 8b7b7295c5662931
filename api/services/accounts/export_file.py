"""Packing a copy: one ZIP with all rows as JSON, and each table as CSV for a spreadsheet."""

import asyncio
import csv
import io
import json
import zipfile
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from api.services.accounts.export_data import LEFT_OUT, Data

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_README = """\
This is a copy of all that we hold on you, made {made_at}.

data.json  everything, by table: money in minor units of its currency, exact numbers as text, times in UTC
csv/       the same, one file a table, for a spreadsheet

Left out, since it says nothing more about you:
{left_out}
Also left out: passwords and other secrets, which are stored as digests, and names of our staff.
"""


async def zip_of(data: Data, *, made_at: datetime) -> bytes:
    """Return the packed copy; packing a long history takes a while and runs beside everything else."""
    return await asyncio.to_thread(_packed, data, made_at)


def _packed(data: Data, made_at: datetime) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        left_out = "".join(f"- {name}: {reason}\n" for name, reason in sorted(LEFT_OUT.items()))
        archive.writestr("README.txt", _README.format(made_at=made_at.isoformat(), left_out=left_out))
        archive.writestr("data.json", json.dumps(data, default=_plain, ensure_ascii=False, indent=1))
        for name, rows in data.items():
            if rows:
                archive.writestr(f"csv/{name}.csv", _table(rows))
    return packed.getvalue()


def _table(rows: list[dict[str, Any]]) -> str:
    """Return rows as CSV (RFC 4180)."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(rows[0])
    writer.writerows([cell(value) for value in row.values()] for row in rows)
    return out.getvalue()


def cell(value: Any) -> str:
    """Return a value for a spreadsheet; text that would be a formula there, an operator's name perhaps, is quoted."""
    if value is None:
        return ""
    if isinstance(value, dict | list):
        return json.dumps(value, default=_plain, ensure_ascii=False)
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    return str(_plain(value))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    return value if isinstance(value, bool | int) else str(value)

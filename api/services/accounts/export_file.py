"""Packing a copy: one ZIP with all rows as JSON, and each table as CSV for a spreadsheet."""

import asyncio
import io
import json
import zipfile
from datetime import datetime
from typing import Any

from api.domain.csv_text import csv_text, plain
from api.services.accounts.export_data import LEFT_OUT, Data

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
        archive.writestr("data.json", json.dumps(data, default=plain, ensure_ascii=False, indent=1))
        for name, rows in data.items():
            if rows:
                archive.writestr(f"csv/{name}.csv", _table(rows))
    return packed.getvalue()


def _table(rows: list[dict[str, Any]]) -> str:
    """Return rows as CSV (RFC 4180)."""
    return csv_text([list(rows[0]), *(row.values() for row in rows)])

"""Lists as files: CSV in a stream of parts, and XLSX written to a file beside; both in constant memory.

E-mail addresses are masked wherever they stand, in notes too. Same books, same filter: the same bytes.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

from api.domain.csv_text import cell, csv_text, masked
from api.domain.finance.issuer import Issuer
from api.services.closing.listing import Listing, Wanted, rows_of
from api.services.work import Work

_SHEET_ROWS = 1_000_000
_MADE = datetime(2000, 1, 1)  # noqa: DTZ001 - a file's properties have no zone; the same for all, so that bytes are too


Parts = AsyncIterator[list[list[Any]]]
"""Rows as they are read, some at a time."""


async def csv_of(*, work: Work, issuer: Issuer, listing: Listing, wanted: Wanted) -> AsyncIterator[str]:
    """Yield a list as CSV, head first; raises FilterUnreadable before anything is yielded."""
    listing.statement(wanted, is_first=True)
    head = [column.name for column in listing.columns]
    async for text in csv_of_parts(head, rows_of(work=work, issuer=issuer, listing=listing, wanted=wanted)):
        yield text


async def csv_of_parts(head: Sequence[str], parts: Parts) -> AsyncIterator[str]:
    """Yield rows as CSV, head first."""
    yield csv_text([head])
    async for rows in parts:
        if rows:
            yield csv_text(rows, mask=True)


async def write_xlsx(*, work: Work, issuer: Issuer, listing: Listing, wanted: Wanted, path: Path) -> int:
    """Write a list as a workbook to ``path``, and return how many rows it has; raises FilterUnreadable."""
    listing.statement(wanted, is_first=True)
    head = [column.name for column in listing.columns]
    return await write_xlsx_of_parts(head, rows_of(work=work, issuer=issuer, listing=listing, wanted=wanted), path=path)


async def write_xlsx_of_parts(head: Sequence[str], parts: Parts, *, path: Path) -> int:
    """Write rows as a workbook to ``path``, and return how many they are."""
    sheet = _Workbook(path, head)
    async for rows in parts:
        await asyncio.to_thread(sheet.add, rows)
    await asyncio.to_thread(sheet.close)
    return sheet.count


class _Workbook:
    """A workbook under way: rows go to disk as they come, a new sheet begins where one is full."""

    def __init__(self, path: Path, head: Sequence[str]) -> None:
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self._book = xlsxwriter.Workbook(str(path), options)
        self._book.set_properties({"created": _MADE})
        self._head, self._bold = head, self._book.add_format({"bold": True})
        self.count = 0
        self._begin()

    def _begin(self) -> None:
        self._sheet = self._book.add_worksheet()
        self._sheet.freeze_panes(1, 0)
        for place, name in enumerate(self._head):
            self._sheet.write_string(0, place, name, self._bold)
        self._row = 1

    def add(self, rows: list[list[Any]]) -> None:
        """Append rows: numbers as numbers, all else as text, which is never a formula."""
        for row in rows:
            if self._row > _SHEET_ROWS:
                self._begin()
            for place, value in enumerate(row):
                if isinstance(value, Decimal | int) and not isinstance(value, bool):
                    self._sheet.write_number(self._row, place, value)
                elif value is not None:
                    self._sheet.write_string(self._row, place, masked(value) if isinstance(value, str) else cell(value))
            self._row += 1
        self.count += len(rows)

    def close(self) -> None:
        """Write the file."""
        self._book.close()

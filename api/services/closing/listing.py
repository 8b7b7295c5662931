"""What a list of finance is: its columns, what it can be filtered by, and how it is read, a part at a time.

A page shows the first part of a list and an export all of it, by the same statement and the same filter; so they agree.
Which lists there are is in ``lists.py``.
"""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Invalid
from api.domain.finance.issuer import Issuer
from api.domain.money import Money
from api.services.closing.control_totals import midnight
from api.services.work import Work

AT_ONCE = 2000
_PERIOD = re.compile(r"20\d{2}-(0[1-9]|1[0-2])", re.ASCII)
_DAYS = (date(2000, 1, 1), date(2099, 12, 31))
_ID = 'sort_id COLLATE "C"'
"""In an order that is the same on every server: a closed month's journal stays the same byte for byte."""
_WORD = re.compile(r"[\w@*:./#+ -]{1,200}")


class FilterUnreadable(Invalid):
    """A filter is not written as it must be, or the list knows no such filter. Fact: ``filter``."""


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    MONEY = "money"
    """Minor units of the row's ``currency``; shown in major units with a decimal point."""
    MOMENT = "moment"
    NUMBER = "number"
    EXACT = "exact"


@dataclass(frozen=True, slots=True)
class Column:
    """A column; the statement must return one of this name."""

    name: str
    kind: Kind = Kind.TEXT


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of a list is wanted; None: whatever it is. The same object stands behind a page and its export."""

    period: str | None = None
    since: date | None = None
    until: date | None = None
    """The last day, included."""
    currency: str | None = None
    state: str | None = None
    kind: str | None = None
    account: str | None = None
    partner_id: str | None = None
    driver_id: str | None = None
    charge: str | None = None
    search: str | None = None

    def given(self) -> dict[str, Any]:
        """Return the filters that are set."""
        pairs = ((each.name, getattr(self, each.name)) for each in fields(self))
        return {name: value for name, value in pairs if value is not None}


def wanted_of(values: Mapping[str, str]) -> Wanted:
    """Read filters from a query string or options, empty ones as not given; raises FilterUnreadable."""
    known = {each.name for each in fields(Wanted)}
    found: dict[str, Any] = {}
    for name, value in values.items():
        if name not in known or not value.strip():
            continue
        if name in {"since", "until"}:
            found[name] = _day(name, value.strip())
        elif not _WORD.fullmatch(value.strip()) or (name == "period" and not _PERIOD.fullmatch(value.strip())):
            raise FilterUnreadable("filter_unreadable", filter=name)
        else:
            found[name] = value.strip()
    return Wanted(**found)


def _day(name: str, value: str) -> date:
    """Return a day of this century; raises FilterUnreadable."""
    try:
        day = date.fromisoformat(value)
    except ValueError as error:
        raise FilterUnreadable("filter_unreadable", filter=name) from error
    if not _DAYS[0] <= day <= _DAYS[1]:
        raise FilterUnreadable("filter_unreadable", filter=name)
    return day


@dataclass(frozen=True, slots=True)
class Listing:
    """One list. ``base`` selects its rows with ``sort_at`` and ``sort_id``, which together are unique."""

    name: str
    title: str
    columns: tuple[Column, ...]
    base: str
    """``SELECT ... FROM ... WHERE {where}``"""
    conditions: Mapping[str, str]
    """By filter: the SQL condition with a parameter of that name."""
    is_newest_first: bool = True
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By filter: the words that it may be, where there are few."""

    def statement(self, wanted: Wanted, *, is_first: bool) -> Any:
        """Return the statement for one part of the list; raises FilterUnreadable for a filter it does not know."""
        unknown = wanted.given().keys() - self.conditions.keys()
        if unknown:
            raise FilterUnreadable("filter_unreadable", filter=sorted(unknown)[0])
        where = " AND ".join(["true", *(self.conditions[name] for name in wanted.given())])
        sign, order = ("<", "DESC") if self.is_newest_first else (">", "ASC")
        # Said twice, as an index serves the first half only where it stands alone.
        rest = f" WHERE sort_at {sign}= :behind_at AND (sort_at, {_ID}) {sign} (:behind_at, :behind_id)"
        behind = "" if is_first else rest
        return text(
            f"SELECT * FROM ({self.base.format(where=where)}) AS listed{behind}"  # noqa: S608 - our own texts
            f" ORDER BY sort_at {order}, {_ID} {order} LIMIT :at_once"
        )


Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of a list in its order, and where the next part begins; None: there is no more."""

    rows: list[Row]
    behind: tuple[datetime, str] | None


async def part_of(
    *,
    db: AsyncSession,
    issuer: Issuer,
    listing: Listing,
    wanted: Wanted,
    behind: tuple[datetime, str] | None = None,
    at_once: int = AT_ONCE,
) -> Part:
    """Return one part of a list; raises FilterUnreadable."""
    values: dict[str, Any] = wanted.given() | {"at_once": at_once + 1}
    if wanted.since is not None:
        values["since"] = midnight(wanted.since, issuer)
    if wanted.until is not None:
        values["until"] = midnight(wanted.until + timedelta(days=1), issuer)
    if behind is not None:
        values |= {"behind_at": behind[0], "behind_id": behind[1]}
    statement = listing.statement(wanted, is_first=behind is None)
    found = (await (await db.connection()).execute(statement, values)).mappings().all()
    rows = [dict(row) for row in found[:at_once]]
    more = len(found) > at_once
    return Part(rows, (rows[-1]["sort_at"], rows[-1]["sort_id"]) if more else None)


async def rows_of(*, work: Work, issuer: Issuer, listing: Listing, wanted: Wanted) -> AsyncIterator[list[list[Any]]]:
    """Yield a list in parts, each row as the values of its columns; each part in a transaction of its own."""
    behind = None
    while True:
        async with work() as db:
            part = await part_of(db=db, issuer=issuer, listing=listing, wanted=wanted, behind=behind, at_once=AT_ONCE)
        yield [shown(listing, row) for row in part.rows]
        behind = part.behind
        if behind is None:
            return


def shown(listing: Listing, row: Row) -> list[Any]:
    """Return a row as the values of its columns, money in major units."""
    return [_value(column, row) for column in listing.columns]


def _value(column: Column, row: Row) -> Any:
    value = row[column.name]
    if value is None or column.kind is not Kind.MONEY:
        return value
    return Money(int(value), row["currency"]).to_decimal() if row.get("currency") else int(value)

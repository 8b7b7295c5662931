"""The list of holds, a page at a time, with the totals of all that the filter lets through."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.finance.hold_bands import Band, band_of
from api.services.console.hold_filter import BILL_STATE, ENDED, HoldFilter
from api.services.console.masking import masked

PAGE = 50
_FROM = "FROM hold h JOIN charging_session c ON c.id = h.charging_session_id JOIN driver d ON d.id = h.driver_id"
_ROWS = (
    "SELECT h.id, h.charging_session_id, h.psp, h.status, h.currency, h.amount_minor, h.authorized_minor,"
    " h.captured_minor, h.released_minor, h.card_brand, h.card_last4, h.capture_before, h.created_at,"
    f" h.status IN ({ENDED}) AS ended, d.email, c.status AS charge_status, {BILL_STATE} AS cdr, c.partner_id,"
    f" p.name AS partner, c.place ->> 'name' AS place, c.running ->> 'total_minor' AS running, c.owed_minor {_FROM}"
    " JOIN partner p ON p.id = c.partner_id"
)
_TOTALS = (
    "SELECT h.currency, count(*) AS holds, sum(h.amount_minor) AS amount, sum(h.authorized_minor) AS authorized,"
    " sum(h.captured_minor) AS captured, sum(h.released_minor) AS released,"
    f" sum(CASE WHEN h.status IN ({ENDED}) THEN 0 ELSE h.authorized_minor - h.captured_minor END) AS open {_FROM}"
)
_ORDERS = {
    "left": "h.capture_before NULLS LAST, h.id",
    "newest": "h.created_at DESC, h.id DESC",
}
_BEHIND_LEFT = "(h.capture_before > :at OR (h.capture_before = :at AND h.id > :id) OR h.capture_before IS NULL)"
_BEHIND = {
    "left": _BEHIND_LEFT,
    "left_unknown": "(h.capture_before IS NULL AND h.id > :id)",
    "newest": "(h.created_at, h.id) < (:at, :id)",
}


@dataclass(frozen=True, slots=True)
class HoldLine:
    """One hold of the list."""

    id: str
    charge_id: str
    payer: str
    status: str
    ended: bool
    currency: str
    amount_minor: int
    authorized_minor: int
    captured_minor: int
    released_minor: int
    card: str
    driver: str
    charge_status: str
    cdr: str
    """``none``, ``arrived`` or ``settled``."""
    partner: str
    place: str
    cost_minor: int | None
    """The bill, else the running cost as far as it is known."""
    cost_is_bill: bool
    age: timedelta
    left: timedelta | None
    band: Band | None
    """Of the time left; None: it ended, or its end is unknown."""
    capture_before: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class HoldTotal:
    """All holds of one currency that the filter lets through."""

    currency: str
    holds: int
    amount_minor: int
    authorized_minor: int
    captured_minor: int
    released_minor: int
    open_minor: int


@dataclass(frozen=True, slots=True)
class HoldPage:
    """A part of the list; ``behind`` leads to the next one."""

    lines: list[HoldLine]
    totals: list[HoldTotal]
    behind: str | None


async def holds_page(*, db: AsyncSession, now: datetime, wanted: HoldFilter, behind: str = "") -> HoldPage:
    """Return the part of the list that comes behind a place in it, with the totals of the whole."""
    lines, more = await holds_part(db=db, now=now, wanted=wanted, behind=behind, most=PAGE)
    where, said = wanted.conditions(now)
    query = f"{_TOTALS} WHERE {where} GROUP BY h.currency ORDER BY h.currency"
    counted = await (await db.connection()).execute(text(query), said)
    return HoldPage(lines, [HoldTotal(row[0], *map(int, row[1:])) for row in counted], more)


async def holds_part(
    *, db: AsyncSession, now: datetime, wanted: HoldFilter, behind: str, most: int
) -> tuple[list[HoldLine], str | None]:
    """Return at most so many lines behind a place in the list, and the place where the next ones begin."""
    where, said = wanted.conditions(now)
    sort = wanted.sort if wanted.sort in _ORDERS else "left"
    after, place = _place(sort, behind)
    query = f"{_ROWS} WHERE {where} AND {after} ORDER BY {_ORDERS[sort]} LIMIT {most + 1}"
    rows = (await (await db.connection()).execute(text(query), said | place)).all()
    shown = [_line(row, now) for row in rows[:most]]
    return shown, _spelled(sort, shown[-1]) if len(rows) > most else None


async def partners_named(*, db: AsyncSession) -> list[tuple[str, str]]:
    """Return ids and names of all partners, for choosing one."""
    rows = await (await db.connection()).execute(text("SELECT id, name FROM partner ORDER BY name, id"))
    return [(row[0], row[1]) for row in rows]


async def currencies_held(*, db: AsyncSession) -> list[str]:
    """Return the currencies that there are holds in, one look into an index for each."""
    query = (
        "WITH RECURSIVE seen AS (SELECT min(currency) AS currency FROM hold UNION ALL SELECT (SELECT min(h.currency)"
        " FROM hold h WHERE h.currency > seen.currency) FROM seen WHERE seen.currency IS NOT NULL)"
        " SELECT currency FROM seen WHERE currency IS NOT NULL"
    )
    return [row[0] for row in await (await db.connection()).execute(text(query))]


def _place(sort: str, behind: str) -> tuple[str, dict[str, Any]]:
    """Return the condition of what comes behind a place; one that cannot be read is the beginning."""
    at, _, last_id = behind.partition("~")
    if not last_id:
        return "true", {}
    if sort == "left" and at == "-":
        return _BEHIND["left_unknown"], {"id": last_id}
    try:
        return _BEHIND[sort], {"at": datetime.fromisoformat(at), "id": last_id}
    except ValueError:
        return "true", {}


def _spelled(sort: str, line: HoldLine) -> str:
    at = line.created_at if sort == "newest" else line.capture_before
    return f"{at.isoformat() if at else '-'}~{line.id}"


def _line(row: Any, now: datetime) -> HoldLine:
    left = None if row.ended or row.capture_before is None else row.capture_before - now
    cost = row.owed_minor if row.owed_minor is not None else row.running
    return HoldLine(
        id=row.id,
        charge_id=row.charging_session_id,
        payer=row.psp,
        status=row.status,
        ended=row.ended,
        currency=row.currency,
        amount_minor=row.amount_minor,
        authorized_minor=row.authorized_minor,
        captured_minor=row.captured_minor,
        released_minor=row.released_minor,
        card=f"{(row.card_brand or 'card').capitalize()} ·· {row.card_last4}" if row.card_last4 else "–",
        driver=masked(row.email),
        charge_status=row.charge_status,
        cdr=row.cdr,
        partner=row.partner,
        place=row.place or "",
        cost_minor=None if cost is None else int(cost),
        cost_is_bill=row.owed_minor is not None,
        age=now - row.created_at,
        left=left,
        band=band_of(left),
        capture_before=row.capture_before,
        created_at=row.created_at,
    )

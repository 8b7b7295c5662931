"""A charge's CDRs line by line against our own computation, and what the driver pays for them.

The computation itself was made when the CDR came (``services/charging/audits.py``) and is stored with it.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.pricing.verdict import Verdict
from api.models.charging import ChargingSession
from api.models.roaming import CdrRow
from api.services.console.entries import Facts, facts_of

MOST_READINGS = 240
_READINGS = text(
    "SELECT at, kwh, charging FROM (SELECT at, kwh, charging, row_number() OVER (ORDER BY at) AS place,"  # noqa: S608 - our own words
    " count(*) OVER () AS readings FROM meter_reading WHERE charging_session_id = :charge) r"
    f" WHERE place = 1 OR place = readings OR place % (readings / {MOST_READINGS} + 1) = 0 ORDER BY at"
)


@dataclass(frozen=True, slots=True)
class BillLine:
    """One kind of cost; amounts before tax in major units, as text; empty: not told."""

    kind: str
    billed: str
    computed: str
    difference: str


@dataclass(frozen=True, slots=True)
class BillCheck:
    """One CDR against our computation under the tariff that the driver accepted."""

    id: str
    public_id: str
    credit: bool
    currency: str
    verdict: str
    total: BillLine
    lines: list[BillLine]
    is_ceiling: bool
    """The computation is the most that could be asked, since some condition could not be checked."""
    notes: list[tuple[str, Facts]]
    agrees: bool
    """What differs, if anything, is less than a cent."""
    conflict: bool
    """Another CDR with the same id and another content came."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One point of the meter's curve."""

    at: Any
    kwh: Any
    charging: bool


async def bills_checked(*, db: AsyncSession, charging_session_id: str) -> list[BillCheck]:
    """Return the CDRs of a charge in the order in which they came."""
    query = select(CdrRow).where(CdrRow.charging_session_id == charging_session_id)
    rows = await db.exec(query.order_by(col(CdrRow.received_at), col(CdrRow.key)))
    return [_check(row) for row in rows]


def _check(row: CdrRow) -> BillCheck:
    told = (row.audit or {}).get("summary") or {}
    total = told if told else {"billed": f"{row.total_cost:f}"}
    return BillCheck(
        id=row.id,
        public_id=row.public_id,
        credit=row.credit,
        currency=row.currency,
        verdict=str(told.get("verdict") or "not checked yet").replace("_", " "),
        total=_line({"kind": "total"} | total),
        lines=[_line(line) for line in told.get("lines") or ()],
        is_ceiling=bool(told.get("is_ceiling")),
        notes=[
            (str(note["code"]).replace("_", " "), facts_of(note, without=["code"])) for note in told.get("notes", ())
        ],
        agrees=told.get("verdict") in {Verdict.equal, Verdict.rounding},
        conflict=row.conflicting_raw is not None,
    )


def _line(told: dict[str, Any]) -> BillLine:
    billed, computed, difference = (str(told.get(name) or "") for name in ("billed", "computed", "difference"))
    return BillLine(str(told.get("kind", "")).replace("_", " "), billed, computed, difference)


async def meter_curve(*, db: AsyncSession, charging_session_id: str) -> list[Reading]:
    """Return the readings of a charge, thinned out evenly where there are many."""
    rows = await (await db.connection()).execute(_READINGS, {"charge": charging_session_id})
    return [Reading(row.at, row.kwh, row.charging) for row in rows]


def price_lines(charge: ChargingSession) -> list[dict[str, Any]]:
    """Return the explained lines of what the driver pays, as they are stored; none before the bill."""
    return [dict(line) for line in (charge.driver_price or {}).get("lines", ())]

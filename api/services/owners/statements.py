"""Self-billing: what an owner is paid for a month, written by us in the owner's name, once and for good (CN30).

Its lines are the books' income from the charges at the owner's sites up to the end of the month, less what earlier
statements have of them: what is new is a charge, what changed is a correction that names the statement it corrects.
So all statements together are the books, to the minor unit. Months are stated in their order. Paying out is not here.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import case, col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict
from api.domain.finance.accounts import Account, Layer
from api.domain.finance.paper import digest_of
from api.domain.money import Money, to_minor_half_up
from api.domain.pricing.vat import vat_percent
from api.models.charging import ChargingSession
from api.models.finance import Journal, LedgerAccount, LedgerEntry, PaperCounter
from api.models.owner import OwnerStatement, OwnerStatementLine, SiteOwner
from api.ports import Ports
from api.services.charging.approvals import named, note_action
from api.services.closing.periods import month_of
from api.services.owners.owners import HUNDRED, owner_by_id
from api.services.owners.scope import Own

CHARGE, CORRECTION = "charge", "correction"
_SOLD = (Account.REVENUE, Account.REVENUE_TAX_UNKNOWN)


class StatementExists(Conflict):
    """The month is stated already, or a later one is. Fact: ``number``."""


class EarlierMonthUnstated(Conflict):
    """Months are stated in their order. Fact: ``period``."""


@dataclass(frozen=True, slots=True)
class _Income:
    """What the books have of one charge up to a month, and when the first of it was booked."""

    charge: ChargingSession
    net_minor: int
    vat_minor: int
    first_period: str


async def issue_owner_statements(
    *, db: AsyncSession, ports: Ports, now: datetime, owner_id: str, period: str, by: str
) -> list[OwnerStatement]:
    """Write an owner's statements of a month that is over, one a currency; none where there is nothing to state.

    Raises UnknownOwner, MonthInvalid, MonthNotOver, StatementExists, EarlierMonthUnstated, PersonUnnamed.
    """
    month_of(ports, period).require_over(now)
    owner = await owner_by_id(db=db, owner_id=owner_id, locked=True)
    stated = select(OwnerStatement).where(OwnerStatement.owner_id == owner.id)
    earlier = list(await db.exec(stated.order_by(col(OwnerStatement.period))))
    written: list[OwnerStatement] = []
    for currency, incomes in sorted((await _incomes(db, owner, period)).items()):
        same = [each for each in earlier if each.currency == currency]
        latest = next((each for each in reversed(same) if each.period >= period), None)
        lines = await _lines(db, incomes, {each.period for each in same}, period)
        if not lines:
            continue
        if latest is not None:
            raise StatementExists("statement_exists", number=latest.number)
        written.append(await _write(db, ports, now, owner, period, currency, lines, named(by)))
    if not written and any(each.period == period for each in earlier):
        raise StatementExists("statement_exists", number=next(e.number for e in earlier if e.period == period))
    return written


async def _incomes(db: AsyncSession, owner: SiteOwner, period: str) -> dict[str, list[_Income]]:
    """Return the income of all charges at the owner's sites up to a month, by currency."""
    amount = -col(LedgerEntry.amount_minor)
    query = (
        select(
            ChargingSession,
            func.sum(case((col(LedgerAccount.name).in_(_SOLD), amount), else_=0)),
            func.sum(case((col(LedgerAccount.name) == Account.VAT, amount), else_=0)),
            func.min(col(Journal.period)),
        )
        .join(Journal, col(Journal.charging_session_id) == col(ChargingSession.id))
        .join(LedgerEntry, col(LedgerEntry.journal_id) == col(Journal.id))
        .join(LedgerAccount, col(LedgerAccount.id) == col(LedgerEntry.account_id))
        .where(
            Own(owner_id=owner.id).charges,
            Journal.period <= period,
            LedgerEntry.layer == Layer.POSTED,
            LedgerEntry.currency == ChargingSession.currency,
            col(LedgerAccount.name).in_((*_SOLD, Account.VAT)),
        )
        .group_by(col(ChargingSession.id))
        .order_by(col(ChargingSession.created_at), col(ChargingSession.id))
    )
    found: dict[str, list[_Income]] = {}
    for charge, net, vat, first in await db.exec(query):
        found.setdefault(charge.currency, []).append(_Income(charge, int(net), int(vat), first))
    return found


async def _lines(db: AsyncSession, incomes: list[_Income], stated: set[str], period: str) -> list[OwnerStatementLine]:
    """Return what is new or changed of each charge; raises EarlierMonthUnstated."""
    query = select(OwnerStatementLine).where(
        col(OwnerStatementLine.charging_session_id).in_([each.charge.id for each in incomes])
    )
    before: dict[str, list[OwnerStatementLine]] = {}
    for line in await db.exec(query.order_by(OwnerStatementLine.statement_number)):
        before.setdefault(line.charging_session_id, []).append(line)
    lines: list[OwnerStatementLine] = []
    for each in incomes:
        known = before.get(each.charge.id, [])
        if not known and each.first_period < period and each.first_period not in stated:
            raise EarlierMonthUnstated("earlier_month_unstated", period=each.first_period)
        net = each.net_minor - sum(line.net_minor for line in known)
        vat = each.vat_minor - sum(line.vat_minor for line in known)
        kwh = each.charge.kwh - sum((line.energy_kwh for line in known), Decimal(0))
        if net or vat or not known:
            first = next((line.statement_number for line in known if line.kind == CHARGE), None)
            lines.append(_line(each.charge, net, vat, kwh, first))
    return lines


def _line(charge: ChargingSession, net: int, vat: int, kwh: Decimal, corrects: str | None) -> OwnerStatementLine:
    """Return a line that has no statement yet."""
    return OwnerStatementLine(
        statement_number="",
        charging_session_id=charge.id,
        kind=CHARGE if corrects is None else CORRECTION,
        corrects=corrects,
        location_key=charge.location_key,
        energy_kwh=kwh,
        gross_minor=net + vat,
        net_minor=net,
        vat_minor=vat,
    )


async def _write(
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    owner: SiteOwner,
    period: str,
    currency: str,
    lines: list[OwnerStatementLine],
    by: str,
) -> OwnerStatement:
    """Number and store a statement with its lines; its sums are sums of its lines."""
    number = await _number(db, owner, ports.policy.issuer.year_of(now))
    for line in lines:
        line.statement_number = number
    sums = _sums(ports, owner, period, currency, lines)
    document = _document(ports, now, owner, lines) | sums | {"number": number, "period": period, "currency": currency}
    statement = OwnerStatement(
        number=number,
        owner_id=owner.id,
        period=period,
        currency=currency,
        issued_at=now,
        issued_by=by,
        document=document,
        sha256=digest_of(document),
        **{name: value for name, value in sums.items() if name in OwnerStatement.model_fields and name != "energy_kwh"},
        energy_kwh=Decimal(sums["energy_kwh"]),
    )
    db.add(statement)
    await db.flush()
    db.add_all(lines)
    await db.flush()
    await _log(db, now, statement)
    return statement


def _sums(
    ports: Ports, owner: SiteOwner, period: str, currency: str, lines: list[OwnerStatementLine]
) -> dict[str, Any]:
    """Return what a statement adds up to, our fee and what is left to pay out."""
    net, vat = sum(each.net_minor for each in lines), sum(each.vat_minor for each in lines)
    rate = vat_percent(owner.country, month_of(ports, period).last_day, ports.policy.vat_percent_by_country)
    fee = to_minor_half_up(Money(net, currency).to_decimal() * owner.fee_percent / HUNDRED, currency)
    fee_vat = to_minor_half_up(fee.to_decimal() * (rate or Decimal(0)) / HUNDRED, currency)
    return {
        "sessions": sum(each.kind == CHARGE for each in lines),
        "energy_kwh": f"{sum((each.energy_kwh for each in lines), Decimal(0)):f}",
        "gross_minor": net + vat,
        "net_minor": net,
        "vat_minor": vat,
        "fee_percent": f"{owner.fee_percent:f}",
        "fee_minor": fee.minor,
        "fee_vat_percent": None if rate is None else f"{rate:f}",
        "fee_vat_minor": fee_vat.minor,
        "payout_minor": net + vat - fee.minor - fee_vat.minor,
    }


def _document(ports: Ports, now: datetime, owner: SiteOwner, lines: list[OwnerStatementLine]) -> dict[str, Any]:
    """Return the statement as its reader sees it, but for its sums."""
    address = ("name", "street", "postal_code", "city", "country", "vat_id")
    shown = ("charging_session_id", "kind", "corrects", "location_key", "gross_minor", "net_minor", "vat_minor")
    return {
        "kind": "self_billing",
        "issued_at": now.isoformat(),
        "seller": {name: getattr(owner, name) for name in address},
        "buyer": ports.policy.issuer.to_json(),
        "lines": [
            {name: getattr(each, name) for name in shown} | {"energy_kwh": f"{each.energy_kwh:f}"} for each in lines
        ],
    }


async def _number(db: AsyncSession, owner: SiteOwner, year: object) -> str:
    """Return the next number of an owner's year; a roll-back gives it back, so there is no gap."""
    series = f"{owner.statement_series}-{year}"
    first = insert(PaperCounter).values(series=f"owner:{series}", last=1)
    counted = first.on_conflict_do_update(index_elements=["series"], set_={"last": col(PaperCounter.last) + 1})
    count = (await (await db.connection()).execute(counted.returning(col(PaperCounter.last)))).scalar_one()
    return f"{series}-{count:04d}"


async def _log(db: AsyncSession, now: datetime, it: OwnerStatement) -> None:
    await note_action(
        db=db,
        now=now,
        by=it.issued_by,
        action="owner_statement_issued",
        subject_id=it.number,
        charging_session_id=None,
        reason="",
        after={"period": it.period, "currency": it.currency, "payout_minor": it.payout_minor},
    )

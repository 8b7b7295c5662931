"""Writing a paper: its number, its row and the mail about it, all in the transaction that causes it.

A number is taken from a locked counter row and is given back by a roll-back: no gap, none twice. Take it last, for
everybody else who issues waits from then on. Does not live here: what is on a paper.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.finance.issuer import Issuer
from api.domain.finance.paper import PaperKind, digest_of
from api.domain.ids import Prefix
from api.models.finance import PaperCounter, Receipt
from api.ports import Ports


@dataclass(frozen=True, slots=True)
class Draft:
    """A paper without number: what it is, whose, why, and what it says."""

    kind: PaperKind
    cause: tuple[str, str]
    """Type and id; the same cause writes one paper of a kind."""
    language: str
    currency: str
    total_minor: int
    content: Mapping[str, Any]
    driver_id: str | None = None
    fleet_account_id: str | None = None
    charging_session_id: str | None = None
    replaces_id: str | None = None
    credits_id: str | None = None


async def write_paper(*, db: AsyncSession, ports: Ports, now: datetime, draft: Draft) -> Receipt:
    """Give a draft its number and store it; the caller made sure, under a lock, that the cause is new."""
    issuer, paper_id = ports.policy.issuer, ports.randomness.new_id(Prefix.RECEIPT)
    revision = await _next_revision(db, draft.charging_session_id)
    number = await _next_number(db, issuer, now)
    document = {
        **draft.content,
        "id": paper_id,
        "number": number,
        "kind": draft.kind.value,
        "language": draft.language,
        "issued_at": now.isoformat(),
        "issuer": issuer.name,
        "seller": issuer.to_json(),
        "currency": draft.currency,
        "total_minor": draft.total_minor,
    }
    paper = Receipt(
        id=paper_id,
        kind=draft.kind,
        number=number,
        language=draft.language,
        charging_session_id=draft.charging_session_id,
        revision=revision,
        driver_id=draft.driver_id,
        fleet_account_id=draft.fleet_account_id,
        replaces_id=draft.replaces_id,
        credits_id=draft.credits_id,
        cause_type=draft.cause[0],
        cause_id=draft.cause[1],
        currency=draft.currency,
        total_minor=draft.total_minor,
        issued_at=now,
        document=document,
        sha256=digest_of(document),
    )
    db.add(paper)
    await db.flush()
    return paper


async def paper_of_cause(*, db: AsyncSession, kind: PaperKind, cause: tuple[str, str]) -> Receipt | None:
    """Return the paper that a cause wrote before."""
    query = select(Receipt).where(Receipt.kind == kind, Receipt.cause_type == cause[0], Receipt.cause_id == cause[1])
    return (await db.exec(query)).first()


async def papers_of_charge(*, db: AsyncSession, charging_session_id: str) -> list[Receipt]:
    """Return the receipts and credit notes of a charge, oldest first."""
    query = select(Receipt).where(Receipt.charging_session_id == charging_session_id)
    return list(await db.exec(query.order_by(col(Receipt.revision))))


async def _next_number(db: AsyncSession, issuer: Issuer, now: datetime) -> str:
    """Return the next number of the issuer's year, locking the counter until the transaction ends."""
    series = f"{issuer.series}-{issuer.year_of(now)}"
    first = insert(PaperCounter).values(series=series, last=1)
    counted = first.on_conflict_do_update(index_elements=["series"], set_={"last": col(PaperCounter.last) + 1})
    connection = await db.connection()
    count = (await connection.execute(counted.returning(col(PaperCounter.last)))).scalar_one()
    return issuer.number(now, count)


async def _next_revision(db: AsyncSession, charging_session_id: str | None) -> int:
    if charging_session_id is None:
        return 1
    query = select(func.max(Receipt.revision)).where(Receipt.charging_session_id == charging_session_id)
    return ((await db.exec(query)).one() or 0) + 1

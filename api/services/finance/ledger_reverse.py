"""Correcting the books: a journal is never touched, another one undoes it and says who wanted that and why.

Does not live here: who may want it (approvals), and booking what is right instead.
"""

from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict, Invalid, NotFound
from api.domain.finance.accounts import Account, JournalKind, Layer
from api.domain.finance.ledger import Posting, reversal
from api.domain.money import Money
from api.models.finance import Journal, LedgerAccount, LedgerEntry
from api.ports import Ports
from api.services.payments.ledger import Correction, book


class UnknownJournal(NotFound):
    """There is no journal of that id."""


class AlreadyReversed(Conflict):
    """The journal was undone before, or it undoes another itself; fact ``reversed_by`` or ``reverses``."""


class ReasonMissing(Invalid):
    """A correction needs a reason and a name."""


async def reverse_journal(
    *, db: AsyncSession, ports: Ports, now: datetime, journal_id: str, reason: str, by: str
) -> Journal:
    """Book the reverse of a journal, dated now, and return it; ``reverses_id`` leads back to what it undoes.

    Raises UnknownJournal, AlreadyReversed (also where two people do it at once), ReasonMissing.
    """
    if not reason.strip() or not by.strip():
        raise ReasonMissing("reason_missing")
    wrong = await db.get(Journal, journal_id)
    if wrong is None:
        raise UnknownJournal("unknown_journal")
    if wrong.reverses_id is not None:
        raise AlreadyReversed("journal_is_a_reversal", reverses=wrong.reverses_id)
    booked = await book(
        db=db,
        ports=ports,
        now=now,
        kind=JournalKind.REVERSED,
        cause=("journal", wrong.id),
        postings=reversal(await _postings_of(db, wrong.id)),
        charging_session_id=wrong.charging_session_id,
        correction=Correction(wrong.id, reason.strip(), by.strip()),
    )
    made = (await db.exec(select(Journal).where(Journal.reverses_id == wrong.id))).one()
    if not booked:
        raise AlreadyReversed("journal_reversed", reversed_by=made.id)
    return made


async def _postings_of(db: AsyncSession, journal_id: str) -> list[Posting]:
    """Return what a journal posted."""
    query = (
        select(LedgerEntry, LedgerAccount)
        .join(LedgerAccount, col(LedgerAccount.id) == col(LedgerEntry.account_id))
        .where(LedgerEntry.journal_id == journal_id)
        .order_by(col(LedgerEntry.id))
    )
    return [
        Posting(Account(account.name), Money(entry.amount_minor, entry.currency), Layer(entry.layer), account.owner)
        for entry, account in await db.exec(query)
    ]

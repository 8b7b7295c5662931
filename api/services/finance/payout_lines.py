"""One movement of our balance at the processor, matched to what our books say of it.

``EXPLAINERS`` is where another kind of payment joins: each looks for what a movement belongs to and tells what is
booked for it. Fees that belong to no payment are booked here; what nothing explains waits in ``suspense`` and is told
to finance, so that the books are whole either way.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.finance.accounts import JournalKind
from api.domain.finance.ledger import processor_fee, suspended
from api.domain.money import Money
from api.models.payment import HoldRow
from api.models.settlement import PayoutLine
from api.models.wallet import Payin, WalletPayout
from api.ports import Ports
from api.ports.settlement import BalanceEntry
from api.services.charging.findings import open_finding
from api.services.payments.fees import book_fee_of_hold
from api.services.payments.ledger import book

CHARGES = frozenset({"charge", "payment"})
"""The processor's words for money taken from a driver."""

FEES = frozenset({"stripe_fee", "stripe_fx_fee", "tax_fee", "network_cost"})
"""Its words for what it takes for itself beside single payments."""

_REFUNDS, _DISPUTES = (JournalKind.REFUNDED,), (JournalKind.DISPUTE_OPENED, JournalKind.DISPUTE_WON)
JOURNALS_OF = {
    "refund": _REFUNDS,
    "payment_refund": _REFUNDS,
    "refund_failure": (JournalKind.REFUND_FAILED,),
    "payment_failure_refund": (JournalKind.REFUND_FAILED,),
    "adjustment": _DISPUTES,
    "payment_reversal": _DISPUTES,
}
"""What our books have for the processor's other words about a payment."""

PAID = (
    JournalKind.TOPPED_UP,
    JournalKind.RECEIVABLE_PAID,
    JournalKind.HOLD_CAPTURED,
    JournalKind.SUSPENDED,
)
"""What a payment beside a hold may have been booked as."""

RETURNS = {
    "refund": JournalKind.TOP_UP_RETURNED,
    "payment_refund": JournalKind.TOP_UP_RETURNED,
    "refund_failure": JournalKind.REVERSED,
    "payment_failure_refund": JournalKind.REVERSED,
}
"""What our books have for money of a wallet that goes back to its card."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a movement belongs to, and what our books have for it, fee taken off."""

    matched_to: str
    subject: str
    booked: Money
    charging_session_id: str | None = None


@dataclass(frozen=True, slots=True)
class Movement:
    """What every explainer is given."""

    db: AsyncSession
    ports: Ports
    now: datetime
    entry: BalanceEntry


Explainer = Callable[[Movement], Awaitable[Explanation | None]]


async def take_line(*, db: AsyncSession, ports: Ports, now: datetime, payout_id: str, entry: BalanceEntry) -> None:
    """Store one line of a payout and what explains it; a line that is stored already is left alone."""
    if await db.get(PayoutLine, entry.entry_id) is not None:
        return
    movement = Movement(db, ports, now, entry)
    for explainer in EXPLAINERS:
        explained = await explainer(movement)
        if explained is not None:
            break
    else:
        explained = await _suspend(movement, payout_id)
    line = {
        "id": entry.entry_id,
        "payout_id": payout_id,
        "kind": entry.kind,
        "currency": entry.net.currency,
        "amount_minor": entry.amount.minor,
        "fee_minor": entry.fee.minor,
        "net_minor": entry.net.minor,
        "source_id": entry.source_id,
        "payment_intent_id": entry.payment_intent_id,
        "charging_session_id": explained.charging_session_id,
        "matched_to": explained.matched_to,
        "detail": {"subject": explained.subject, "booked_minor": explained.booked.minor},
        "at": entry.created_at,
    }
    await (await db.connection()).execute(insert(PayoutLine).values(**line).on_conflict_do_nothing())


_EXPLAINED = text(
    "SELECT coalesce(sum((detail->>'booked_minor')::bigint), 0) FROM payout_line WHERE payout_id = :payout_id"
)


async def explained_total(*, db: AsyncSession, payout_id: str) -> int:
    """Return what our books have for all lines of a payout, in minor units."""
    return int((await (await db.connection()).execute(_EXPLAINED, {"payout_id": payout_id})).scalar_one())


async def _by_hold(movement: Movement) -> Explanation | None:
    """Explain the capture of a hold, and book its fee if that was not known before."""
    entry = movement.entry
    if entry.kind not in CHARGES or entry.payment_intent_id is None:
        return None
    query = select(HoldRow).where(col(HoldRow.payment_intent_id) == entry.payment_intent_id).with_for_update()
    hold = (await movement.db.exec(query)).first()
    if hold is None or hold.currency != entry.amount.currency:
        return None
    await book_fee_of_hold(db=movement.db, ports=movement.ports, now=movement.now, hold=hold, fee=entry.fee)
    booked = Money(hold.captured_minor - (hold.fee_minor or 0), hold.currency)
    return Explanation("hold", hold.id, booked, hold.charging_session_id)


async def _by_journal(movement: Movement) -> Explanation | None:
    """Explain a refund or a dispute by the journal of the same charge and amount that no other line has taken."""
    entry = movement.entry
    kinds = JOURNALS_OF.get(entry.kind)
    if kinds is None or entry.payment_intent_id is None:
        return None
    charge_id = await _charge_of(movement.db, entry.payment_intent_id)
    if charge_id is None:
        return None
    subjects, booked = [], Money.zero(entry.net.currency)
    for wanted, amount in ((kinds, entry.amount), ((JournalKind.DISPUTE_FEE,), -entry.fee)):
        if amount.minor:
            journal_id = await _untaken_journal(movement.db, charge_id, wanted, amount)
            if journal_id is None:
                return None
            subjects.append(journal_id)
            booked += amount
    return Explanation(entry.kind, " ".join(subjects), booked, charge_id)


async def _charge_of(db: AsyncSession, payment_intent_id: str) -> str | None:
    """Return the charge that a payment was for: by its hold, or beside it."""
    for table in (HoldRow, Payin):
        query = select(table.charging_session_id).where(table.payment_intent_id == payment_intent_id)
        charge_id = (await db.exec(query)).first()
        if charge_id is not None:
            return charge_id
    return None


async def _by_payin(movement: Movement) -> Explanation | None:
    """Explain a payment beside a hold, a top-up among them, and book its fee if that was not known before."""
    entry, db = movement.entry, movement.db
    if entry.kind not in CHARGES or entry.payment_intent_id is None:
        return None
    query = select(Payin).where(Payin.payment_intent_id == entry.payment_intent_id).with_for_update()
    payin = (await db.exec(query)).first()
    if payin is None or payin.currency != entry.amount.currency:
        return None
    cause = ("payin", payin.id)
    if payin.fee_minor is None:
        payin.fee_minor = entry.fee.minor
        db.add(payin)
        await book(
            db=db,
            ports=movement.ports,
            now=movement.now,
            kind=JournalKind.PROCESSOR_FEE,
            cause=cause,
            postings=processor_fee(entry.fee),
            charging_session_id=payin.charging_session_id,
        )
    booked = Money.zero(payin.currency)
    for kind in (*PAID, JournalKind.PROCESSOR_FEE):
        booked += await clearing_of(db, kind, cause, payin.currency)
    return Explanation("payin", payin.id, booked, payin.charging_session_id)


async def _by_wallet_payout(movement: Movement) -> Explanation | None:
    """Explain money of a wallet that went back to its card, or came back from there."""
    entry = movement.entry
    kind = RETURNS.get(entry.kind)
    if kind is None:
        return None
    query = select(WalletPayout).where(WalletPayout.processor_refund_id == entry.source_id)
    payout = (await movement.db.exec(query)).first()
    if payout is None or entry.source_id is None:
        return None
    booked = await clearing_of(movement.db, kind, ("wallet_payout", payout.id), payout.currency)
    return Explanation("wallet_payout", payout.id, booked)


_UNTAKEN = text(
    "SELECT j.id FROM journal j JOIN ledger_entry e ON e.journal_id = j.id"
    " JOIN ledger_account a ON a.id = e.account_id AND a.name = 'psp_clearing' AND a.currency = :currency"
    " WHERE j.charging_session_id = :charge_id AND j.kind = ANY(:kinds) AND NOT EXISTS (SELECT 1 FROM payout_line l"
    " WHERE l.charging_session_id = j.charging_session_id AND j.id = ANY(string_to_array(l.detail->>'subject', ' ')))"
    " GROUP BY j.id, j.occurred_at HAVING sum(e.amount_minor) = :minor ORDER BY j.occurred_at, j.id LIMIT 1"
)


async def _untaken_journal(db: AsyncSession, charge_id: str, kinds: Sequence[str], amount: Money) -> str | None:
    """Return the oldest journal of these kinds that moved ``amount`` and that explains no line yet."""
    values = {"charge_id": charge_id, "kinds": list(kinds), "currency": amount.currency, "minor": amount.minor}
    return (await (await db.connection()).execute(_UNTAKEN, values)).scalars().first()


async def _by_payout(movement: Movement) -> Explanation | None:
    """Explain money that an earlier payout brought back because it failed."""
    entry = movement.entry
    if not entry.kind.startswith("payout") or entry.source_id is None:
        return None
    booked = await clearing_of(movement.db, JournalKind.PAYOUT_FAILED, ("payout", entry.source_id), entry.net.currency)
    return Explanation("payout", entry.source_id, booked) if booked.minor else None


async def _by_fee(movement: Movement) -> Explanation | None:
    """Book what the processor takes for itself, once."""
    entry = movement.entry
    if entry.kind not in FEES:
        return None
    await book(
        db=movement.db,
        ports=movement.ports,
        now=movement.now,
        kind=JournalKind.PROCESSOR_FEE,
        cause=("balance_entry", entry.entry_id),
        postings=processor_fee(-entry.net),
    )
    return Explanation("fee", entry.entry_id, entry.net)


EXPLAINERS: tuple[Explainer, ...] = (_by_hold, _by_payin, _by_wallet_payout, _by_journal, _by_payout, _by_fee)
"""Asked in this order; the first that knows a movement explains it."""


async def _suspend(movement: Movement, payout_id: str) -> Explanation:
    """Book what nothing explains, so that the balance is right, and tell finance to find out."""
    entry = movement.entry
    await book(
        db=movement.db,
        ports=movement.ports,
        now=movement.now,
        kind=JournalKind.SUSPENDED,
        cause=("balance_entry", entry.entry_id),
        postings=suspended(entry.net),
    )
    await open_finding(
        db=movement.db,
        ports=movement.ports,
        now=movement.now,
        reason="balance_entry_unknown",
        subject=entry.entry_id,
        amount=entry.net,
        detail={"kind": entry.kind, "source": entry.source_id, "payout": payout_id},
    )
    return Explanation("suspense", entry.entry_id, entry.net)


_CLEARING = text(
    "SELECT coalesce(sum(e.amount_minor), 0) FROM journal j JOIN ledger_entry e ON e.journal_id = j.id"
    " JOIN ledger_account a ON a.id = e.account_id AND a.name = 'psp_clearing' AND a.currency = :currency"
    " WHERE j.kind = :kind AND j.cause_type = :cause_type AND j.cause_id = :cause_id"
)


async def clearing_of(db: AsyncSession, kind: JournalKind, cause: tuple[str, str], currency: str) -> Money:
    """Return what a journal did to the money that the processor owes us."""
    values = {"kind": kind, "cause_type": cause[0], "cause_id": cause[1], "currency": currency}
    return Money(int((await (await db.connection()).execute(_CLEARING, values)).scalar_one()), currency)

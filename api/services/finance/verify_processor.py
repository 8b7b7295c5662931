"""What the processor owes us, as our books and as its own balance say: in all, and payment by payment."""

from collections import defaultdict
from collections.abc import Sequence

from sqlmodel.ext.asyncio.session import AsyncSession

from api.ports.settlement import BalanceEntry
from api.services.finance.verify_checks import SIDES, Row, Verdict, stream

_CLEARING = f"""
  SELECT coalesce(h.payment_intent_id, s.cause_id) AS subject, s.currency, sum(s.amount_minor) AS total
  FROM {SIDES} s LEFT JOIN hold h ON h.charging_session_id = s.charging_session_id
  WHERE s.account = 'psp_clearing' GROUP BY 1, 2 ORDER BY 1, 2
"""  # noqa: S608 - our own constants


async def check_processor(db: AsyncSession, entries: Sequence[BalanceEntry]) -> list[Verdict]:
    """Compare ``psp_clearing`` with the movements of our balance at the processor, all of them since its beginning."""
    theirs: dict[tuple[str, str], int] = defaultdict(int)
    for entry in entries:
        theirs[_subject(entry), entry.net.currency] += entry.net.minor
    balance = Verdict("processor_balance", "what the processor owes us is the same in our books and in its own")
    payments = Verdict("processor_payments", "the same, for each payment and each movement without one")
    ours: dict[str, int] = defaultdict(int)
    async for row in stream(db, _CLEARING):
        _judge(row, theirs, ours, payments)
    for (subject, currency), total in theirs.items():
        if total:
            payments.differs(subject=subject, currency=currency, booked=0, at_processor=total)
        payments.checked += 1
    sums: dict[str, int] = defaultdict(int)
    for entry in entries:
        sums[entry.net.currency] += entry.net.minor
    for currency in sorted(ours.keys() | sums.keys()):
        balance.checked += 1
        if ours[currency] != sums[currency]:
            balance.differs(currency=currency, booked=ours[currency], at_processor=sums[currency])
    return [balance, payments]


def _judge(row: Row, theirs: dict[tuple[str, str], int], ours: dict[str, int], verdict: Verdict) -> None:
    """Look at what is booked for one payment; what the processor has of it is taken out of ``theirs``."""
    booked, currency = int(row["total"]), row["currency"]
    ours[currency] += booked
    told = theirs.pop((row["subject"], currency), 0)
    verdict.checked += 1
    if told != booked:
        verdict.differs(subject=row["subject"], currency=currency, booked=booked, at_processor=told)


def _subject(entry: BalanceEntry) -> str:
    """Return what our books would have as the cause: the payment, else the payout, else the movement itself."""
    if entry.payment_intent_id is not None:
        return entry.payment_intent_id
    return entry.source_id if entry.kind.startswith("payout") and entry.source_id else entry.entry_id

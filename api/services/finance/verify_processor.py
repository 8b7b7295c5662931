"""What the processor owes us, as our books and as its own balance say: in all, and payment by payment."""

from collections import defaultdict
from collections.abc import Sequence

from sqlmodel.ext.asyncio.session import AsyncSession

from api.ports.settlement import BalanceEntry
from api.services.finance.verify_checks import SIDES, Verdict, stream

Sums = dict[tuple[str, str], int]
"""By subject and currency, in minor units."""

_CLEARING = f"""
  SELECT coalesce(h.payment_intent_id, s.cause_id) AS subject, s.currency, sum(s.amount_minor) AS total
  FROM {SIDES} s LEFT JOIN hold h ON h.charging_session_id = s.charging_session_id
  WHERE s.account = 'psp_clearing' GROUP BY 1, 2 ORDER BY 1, 2
"""  # noqa: S608 - our own constants


async def check_processor(db: AsyncSession, entries: Sequence[BalanceEntry]) -> list[Verdict]:
    """Compare ``psp_clearing`` with the movements of our balance at the processor, all of them since its beginning."""
    theirs: Sums = defaultdict(int)
    for entry in entries:
        theirs[_subject(entry), entry.net.currency] += entry.net.minor
    subject_of = {entry.entry_id: _subject(entry) for entry in entries}
    ours: Sums = defaultdict(int)
    async for row in stream(db, _CLEARING):
        subject: str = row["subject"]
        ours[subject_of.get(subject, subject), row["currency"]] += int(row["total"])
    balance = Verdict("processor_balance", "what the processor owes us is the same in our books and in its own")
    _compare(balance, _by_currency(ours), _by_currency(theirs))
    payments = Verdict("processor_payments", "the same, for each payment and each movement without one")
    _compare(payments, ours, theirs)
    return [balance, payments]


def _by_currency(sums: Sums) -> Sums:
    """Return sums over all subjects."""
    total: Sums = defaultdict(int)
    for (_, currency), amount in sums.items():
        total["all", currency] += amount
    return total


def _compare(verdict: Verdict, ours: Sums, theirs: Sums) -> None:
    """Count what is not the same on both sides."""
    for subject, currency in sorted(ours.keys() | theirs.keys()):
        verdict.checked += 1
        booked, told = ours.get((subject, currency), 0), theirs.get((subject, currency), 0)
        if booked != told:
            verdict.differs(subject=subject, currency=currency, booked=booked, at_processor=told)


def _subject(entry: BalanceEntry) -> str:
    """Return what our books would have as the cause: the payment, else the payout, else the movement itself."""
    if entry.payment_intent_id is not None:
        return entry.payment_intent_id
    return entry.source_id if entry.kind.startswith("payout") and entry.source_id else entry.entry_id

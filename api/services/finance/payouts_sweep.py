"""Looking through our balance at the processor for what no webhook told: fees known late, payouts never heard of."""

from datetime import timedelta

from sqlmodel import col, select

from api.models.payment import HoldRow
from api.models.settlement import PayoutRow
from api.ports import Ports
from api.ports.payments import OutcomeUnknown, ProcessorRefused
from api.ports.settlement import BalanceEntry
from api.services.finance.payout_lines import CHARGES
from api.services.finance.payouts import GONE, handle_payout_event
from api.services.payments.fees import book_fee_of_hold
from api.services.work import Work

LOOK_BACK = timedelta(days=8)
"""How far back a round looks: longer than the longest of the processor's usual pauses between payouts."""


async def sweep_balance(*, work: Work, ports: Ports, look_back: timedelta = LOOK_BACK) -> int:
    """Book fees that were not known and take in payouts that nobody told of; return how many of both.

    A processor that is away is asked again in the next round.
    """
    try:
        entries = await ports.settlement.balance_entries(since=ports.clock.now() - look_back)
    except (OutcomeUnknown, ProcessorRefused):
        return 0
    found = 0
    for entry in entries:
        if entry.kind in CHARGES and entry.fee.minor and entry.payment_intent_id is not None:
            found += await _book_fee(work, ports, entry, entry.payment_intent_id)
    for payout_id in await _unsettled(work, entries):
        found += await handle_payout_event(work=work, ports=ports, payout_id=payout_id)
    return found


async def _book_fee(work: Work, ports: Ports, entry: BalanceEntry, payment_intent_id: str) -> bool:
    """Book the fee of a captured hold of ours if it is not known yet."""
    wanted = (col(HoldRow.payment_intent_id) == payment_intent_id) & col(HoldRow.fee_minor).is_(None)
    async with work() as db:
        query = select(HoldRow).where(wanted, col(HoldRow.captured_minor) > 0).with_for_update()
        hold = (await db.exec(query)).first()
        if hold is None or hold.currency != entry.fee.currency:
            return False
        return await book_fee_of_hold(db=db, ports=ports, now=ports.clock.now(), hold=hold, fee=entry.fee)


async def _unsettled(work: Work, entries: tuple[BalanceEntry, ...]) -> list[str]:
    """Return the payouts among the movements of which we do not know the end or the parts, the oldest first."""
    told = {entry.source_id: entry.kind for entry in entries if entry.kind.startswith("payout") and entry.source_id}
    async with work() as db:
        rows = list(await db.exec(select(PayoutRow).where(col(PayoutRow.id).in_(told))))
    known = {row.id for row in rows if _is_settled(row, came_back=told[row.id] != "payout")}
    return [payout_id for payout_id in told if payout_id not in known]


def _is_settled(row: PayoutRow, *, came_back: bool) -> bool:
    """Say whether nothing more is to be learned of a payout; ``came_back``: our balance shows its money again."""
    return (row.reconciled_at is not None or not row.automatic) and (not came_back or row.processor_status in GONE)

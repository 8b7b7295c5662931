"""What the tests of payouts share: a capture on our balance, an event of a payout, and what is booked."""

from api.domain.charging.state import ChargingStatus
from api.domain.money import Money
from api.models.charging import ChargingSession
from api.ports.settlement import PayoutSnapshot
from api.services.finance.payouts import handle_payout_event
from api.services.finance.verify import verify_ledger
from tests.bench import Bench
from tests.charges import a_charge
from tests.fakes import FakeSettlement

FEE = 38
"""What the fake takes of 9.28."""


def euro(minor: int) -> Money:
    """Return ``minor`` cents."""
    return Money(minor, "EUR")


async def a_capture(bench: Bench, balance: FakeSettlement, *, amount: int = 928) -> ChargingSession:
    """Return a charge of 9.28 whose capture is on our balance, as ``amount``."""
    charge = await a_charge(bench, ChargingStatus.SETTLED)
    await bench.drain()
    intent = (await bench.hold(charge)).payment_intent_id
    balance.book("charge", euro(amount), fee=euro(FEE), source_id="ch_1", payment_intent_id=intent)
    return charge


async def handle(bench: Bench, payout: PayoutSnapshot) -> bool:
    """Let an event tell of a payout."""
    return await handle_payout_event(work=bench.work, ports=bench.ports, payout_id=payout.payout_id)


async def accounts(bench: Bench) -> dict[str, int]:
    """Return what is booked on each account that payouts touch."""
    rows = await bench.rows(
        "SELECT a.name, sum(e.amount_minor) AS total FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id"
        " WHERE a.name IN ('psp_clearing', 'bank_transit', 'psp_fees', 'suspense') GROUP BY 1"
    )
    return {row.name: int(row.total) for row in rows if row.total}


async def processor_differs(bench: Bench) -> list[str]:
    """Return the checks against the processor's balance that find a difference."""
    entries = await bench.ports.settlement.balance_entries()
    async with bench.work() as db:
        found = await verify_ledger(db=db, at_processor=entries)
    return [each.name for each in found if each.differing and each.name.startswith("processor")]

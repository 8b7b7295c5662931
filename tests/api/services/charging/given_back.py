"""What tests of money that goes back share: settled charges, staff's hands, and the books of one charge.

The tax is 19 % throughout: a CDR of 20.00 is a bill of 23.80, one of 60.00 a bill of 71.40 on a hold of 50.00.
"""

from datetime import timedelta
from typing import cast

from api.domain.charging.facts import Timer
from api.domain.charging.state import ChargingState, ChargingStatus
from api.domain.money import Money
from api.domain.roaming.session import SessionStatus
from api.models.afterwards import CreditRow, RefundRow, WriteOffRow
from api.models.charging import ChargingSession
from api.services.charging.credits import request_credit
from api.services.charging.decisions import approve, deny
from api.services.charging.fire import fire_timer
from api.services.charging.stored_state import state_of
from api.services.charging.write_offs import request_write_off
from api.services.payments.events import store_event
from tests.bench import Bench
from tests.builders import a_cdr, a_session, after, push_cdr, push_session
from tests.charges import METERED, a_charge
from tests.fakes import FakeRefunds, FakeSettlement

S = ChargingStatus
INTENT = "pi_fake1"
_BOOKS = """
SELECT a.name, sum(e.amount_minor) AS total FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
JOIN journal j ON j.id = e.journal_id WHERE e.layer = 'posted' AND j.charging_session_id = :charge
  AND j.kind <> 'processor_fee'
  AND a.name NOT IN ('roaming_cost', 'cpo_payable', 'psp_fees') GROUP BY a.name HAVING sum(e.amount_minor) <> 0
"""


def euro(minor: int) -> Money:
    """Return an amount in euro."""
    return Money(minor, "EUR")


def refunds(bench: Bench) -> FakeRefunds:
    """Return the processor's refunds, to steer."""
    return cast(FakeRefunds, bench.ports.refunds)


def settlement(bench: Bench) -> FakeSettlement:
    """Return the processor's disputes, to steer."""
    return cast(FakeSettlement, bench.ports.settlement)


async def paid(bench: Bench, cost: str = "20.00") -> ChargingSession:
    """Return a settled charge whose bill is ``cost`` plus tax, captured as far as the hold goes."""
    charge = await a_charge(bench, S.ENDED)
    over = a_session(charge, kwh=METERED, status=SessionStatus.COMPLETED, ended_at=after(60), last_updated=after(60))
    await push_session(bench, over)
    await a_bill(bench, charge, 1, cost)
    await bench.drain()
    assert (await bench.charge(charge)).status == S.SETTLED
    return charge


async def a_bill(bench: Bench, charge: ChargingSession, number: int, cost: str) -> None:
    """Let the partner bill."""
    await push_cdr(bench, a_cdr(charge, cost=cost, id=f"CDR{number}"))


async def a_credit_cdr(bench: Bench, charge: ChargingSession, number: int, cost: str) -> None:
    """Let the partner take its bill back."""
    back = a_cdr(charge, cost=f"-{cost}", id=f"CREDIT{number}", credit=True, credit_reference_id=f"CDR{number}")
    await push_cdr(bench, back)


async def pause_ends(bench: Bench, charge: ChargingSession) -> None:
    """Let the time pass in which a replacement of the bill may come."""
    bench.clock.advance(timedelta(hours=2).total_seconds())
    await fire_timer(work=bench.work, ports=bench.ports, charging_session_id=charge.id, timer=Timer.REFUND_DUE)
    await bench.drain()


async def credit(bench: Bench, charge: ChargingSession, minor: int | None, by: str = "Ada") -> CreditRow:
    """Let staff waive; nothing is drained."""
    async with bench.work() as db:
        return await request_credit(
            db=db,
            ports=bench.ports,
            now=bench.clock.now(),
            charging_session_id=charge.id,
            amount_minor=minor,
            reason="charger_fault",
            text="it stopped early",
            by=by,
        )


async def write_off(bench: Bench, charge: ChargingSession, minor: int | None, by: str = "Ada") -> WriteOffRow:
    """Let staff give a receivable up."""
    async with bench.work() as db:
        return await request_write_off(
            db=db,
            ports=bench.ports,
            now=bench.clock.now(),
            charging_session_id=charge.id,
            amount_minor=minor,
            text="moved abroad",
            by=by,
        )


async def approves(bench: Bench, subject_id: str, by: str = "Grace") -> None:
    """Let a person approve."""
    async with bench.work() as db:
        await approve(db=db, ports=bench.ports, now=bench.clock.now(), subject_id=subject_id, by=by)


async def denies(bench: Bench, subject_id: str, by: str = "Grace") -> None:
    """Let a person deny."""
    async with bench.work() as db:
        await deny(db=db, ports=bench.ports, now=bench.clock.now(), subject_id=subject_id, by=by, reason="unfounded")


async def refund_rows(bench: Bench) -> list[RefundRow]:
    """Return our refunds, oldest first."""
    found = await bench.rows("SELECT id FROM refund ORDER BY created_at, id")
    async with bench.work() as db:
        return [await db.get_one(RefundRow, row.id) for row in found]


async def state(bench: Bench, charge: ChargingSession) -> ChargingState:
    """Return the machine's state as stored."""
    return state_of(await bench.charge(charge))


async def books(bench: Bench, charge: ChargingSession) -> dict[str, int]:
    """Return the posted balances of a charge's driver side that are not zero: debit positive, credit negative."""
    return {row.name: int(row.total) for row in await bench.rows(_BOOKS, charge=charge.id)}


async def hears(bench: Bench, type_: str, kind: str, object_id: str, intent: str | None = INTENT) -> None:
    """Let a webhook come in and be handled."""
    now = bench.clock.now()
    payload, signature = bench.payments.signed_event(type_, intent, at=now, object_kind=kind, object_id=object_id)
    async with bench.work() as db:
        await store_event(db=db, ports=bench.ports, now=now, payload=payload, signature=signature)
    await bench.drain()

"""Operations on disk: one under way for each hold and kind, each with its job, each linked to what it replaces."""

import pytest
from sqlalchemy.exc import IntegrityError

from api.domain.charging.state import ChargingStatus
from api.domain.money import Money
from api.models.charging import ChargingSession
from api.models.payment import PaymentOperation
from api.services.charging.advance import lock_charge
from api.services.charging.carry import hold_of
from api.services.payments.operations import OperationKind, plan_operation
from tests.bench import Bench
from tests.charges import a_charge

S = ChargingStatus
PLANNED = "SELECT count(*) FROM payment_operation WHERE kind = 'capture'"


async def plan(bench: Bench, charge: ChargingSession, minor: int) -> PaymentOperation:
    """Plan a capture."""
    async with bench.work() as db:
        locked = await lock_charge(db=db, charging_session_id=charge.id)
        hold = await hold_of(db, locked)
        now, amount = bench.clock.now(), Money(minor, "EUR")
        kind = OperationKind.CAPTURE
        return await plan_operation(db=db, ports=bench.ports, now=now, hold=hold, kind=kind, amount=amount)


async def test_an_operation_is_written_with_its_intention_and_its_job(bench: Bench) -> None:
    """Before any call is made it is on disk what is wanted, and who will do it."""
    charge = await a_charge(bench, S.CHARGING)

    operation = await plan(bench, charge, 700)

    assert (operation.state, operation.amount_minor, operation.attempts) == ("pending", 700, 0)
    noted = "SELECT amount_minor FROM hold_event WHERE kind = 'capture_requested'"
    assert [row.amount_minor for row in await bench.rows(noted)] == [700]
    jobs = await bench.rows("SELECT lock, args FROM procrastinate_jobs WHERE task_name = 'capture_hold'")
    assert [tuple(row) for row in jobs] == [(f"money:{charge.id}", {"operation_id": operation.id})]


async def test_what_is_under_way_is_not_planned_again(bench: Bench) -> None:
    """A second wish of the same kind finds the first one: its amount stands, and no second job is made."""
    charge = await a_charge(bench, S.CHARGING)
    first = await plan(bench, charge, 700)

    again = await plan(bench, charge, 900)

    assert (again.id, again.amount_minor) == (first.id, 700)
    assert await bench.value(PLANNED) == 1
    assert await bench.value("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'capture_hold'") == 1


@pytest.mark.parametrize(("state", "index"), [("pending", "one_unfinished"), ("done", "one_capture_per_hold")])
async def test_the_database_itself_keeps_a_second_capture_out(bench: Bench, state: str, index: str) -> None:
    """Whatever the code does, a hold has one capture under way and one that succeeded."""
    charge = await a_charge(bench, S.CHARGING)
    first = await plan(bench, charge, 700)
    await bench.rows(
        "UPDATE payment_operation SET state = :state WHERE id = :id RETURNING id", state=state, id=first.id
    )

    async def second() -> None:
        async with bench.work() as db:
            values = first.model_dump() | {"id": "opr_other", "state": state}
            db.add(PaymentOperation(**values))

    with pytest.raises(IntegrityError, match=index):
        await second()


async def test_each_operation_is_its_own_key(bench: Bench) -> None:
    """The id of an operation is what the processor is given, so that a repetition is known as one."""
    await a_charge(bench, S.SETTLED)

    keys = [call.idempotency_key for call in bench.payments.calls if call.idempotency_key]
    rows = await bench.rows("SELECT id FROM payment_operation ORDER BY created_at, id")
    assert keys == [row.id for row in rows]

"""Raising a hold: only where the processor says so, for the exact amount agreed to, once, and never relied on."""

import pytest

from api.domain.charging.state import ChargingStatus
from api.domain.errors import AppError
from api.models.charging import ChargingSession
from api.services.charging.extend import ExtensionInvalid, HoldNotExtendable, extend_hold
from api.services.charging.look import look_at_hold
from api.services.charging.sweep import sweep_operations
from api.services.deferral import Job
from tests.bench import Bench, crashing, run_jobs
from tests.builders import a_cdr, a_driver, push_cdr
from tests.charges import a_charge
from tests.fakes import SimulatedCrash

S = ChargingStatus
RAISABLE, REFUSED = "pm_sandbox_incremental", "pm_sandbox_incrementDeclined"


async def charging(bench: Bench, card: str = RAISABLE, status: ChargingStatus = S.CHARGING) -> ChargingSession:
    """Return a charge with a hold on a card."""
    await a_driver(bench, payment_method_id=card)
    return await a_charge(bench, status)


async def extend(bench: Bench, charge: ChargingSession, minor: int, currency: str = "EUR") -> ChargingSession:
    """Let the driver agree to a higher hold."""
    async with bench.work() as db:
        return await extend_hold(
            db=db,
            ports=bench.ports,
            now=bench.clock.now(),
            driver_id=charge.driver_id,
            charging_session_id=charge.id,
            consent_amount_minor=minor,
            consent_currency=currency,
        )


async def pending(bench: Bench) -> int:
    """Return what the books say is promised to drivers."""
    query = """SELECT coalesce(sum(e.amount_minor), 0) FROM ledger_entry e JOIN ledger_account a
               ON a.id = e.account_id WHERE a.name = 'psp_holds'"""
    return int(await bench.value(query))


@pytest.mark.capability("L4")
async def test_a_raised_hold_pays_the_whole_bill(bench: Bench) -> None:
    """The hold, the books, the machine and the consent all say the new amount, and one capture takes the bill."""
    charge = await charging(bench)

    await extend(bench, charge, 8000)
    await bench.run(Job.EXTEND_HOLD)

    stored, hold = await bench.charge(charge), await bench.hold(charge)
    assert (stored.hold_minor, hold.amount_minor, hold.authorized_minor) == (8000, 8000, 8000)
    assert [each["amount_minor"] for each in stored.consent["extensions"]] == [8000]
    assert await pending(bench) == 8000
    await push_cdr(bench, a_cdr(charge, cost="60"))
    await bench.drain()
    assert (await bench.hold(charge)).captured_minor == 7140
    assert (await bench.charge(charge)).state["receivable"]["minor"] == 0
    assert await pending(bench) == 0


async def test_a_bank_that_says_no_leaves_the_hold_as_it_is(bench: Bench) -> None:
    """Declined: the charge goes on on the old hold, the driver's app hears of it, nothing is asked twice."""
    charge = await charging(bench, REFUSED)
    await extend(bench, charge, 8000)
    before = (await bench.charge(charge)).version

    await bench.run(Job.EXTEND_HOLD)

    stored, hold = await bench.charge(charge), await bench.hold(charge)
    assert (stored.status, stored.hold_status, stored.hold_minor) == (S.CHARGING, "placed", 5000)
    assert (hold.status, hold.amount_minor, hold.authorized_minor) == ("placed", 5000, 5000)
    assert stored.version > before
    assert await bench.value("SELECT state FROM payment_operation WHERE kind = 'extend'") == "failed"
    assert await pending(bench) == 5000


async def test_the_same_wish_twice_is_one_operation(bench: Bench) -> None:
    """A tap that is repeated, before and after the answer, asks the bank once."""
    charge = await charging(bench)

    for _ in range(2):
        await extend(bench, charge, 8000)
    await bench.run(Job.EXTEND_HOLD)
    await extend(bench, charge, 8000)
    await bench.drain()

    assert len(bench.payments.calls_of("extend_hold")) == 1
    assert len((await bench.charge(charge)).consent["extensions"]) == 1


@pytest.mark.parametrize(
    ("card", "status", "reason"),
    [
        ("pm_card_visa", S.CHARGING, "not_available"),
        (RAISABLE, S.START_ACCEPTED, "not_charging"),
        (RAISABLE, S.ENDED, "not_charging"),
    ],
)
async def test_a_hold_is_raised_only_where_that_is_available(
    bench: Bench, card: str, status: ChargingStatus, reason: str
) -> None:
    """The processor's word, and a charge that runs: nothing is asked otherwise."""
    charge = await charging(bench, card, status)

    with pytest.raises(HoldNotExtendable) as refused:
        await extend(bench, charge, 8000)

    assert refused.value.facts == {"reason": reason}
    assert bench.payments.calls_of("extend_hold") == []


@pytest.mark.parametrize(("minor", "currency"), [(4999, "EUR"), (8000, "CHF")])
async def test_an_amount_that_raises_nothing_is_refused(bench: Bench, minor: int, currency: str) -> None:
    """Less than is held, or another currency, is no agreement to more."""
    with pytest.raises(ExtensionInvalid):
        await extend(bench, await charging(bench), minor, currency)


async def test_another_amount_waits_for_the_first_answer(bench: Bench) -> None:
    """Two wishes at once would leave nobody knowing which one was agreed to."""
    charge = await charging(bench)
    await extend(bench, charge, 8000)

    with pytest.raises(AppError) as refused:
        await extend(bench, charge, 9000)
    assert refused.value.facts == {"reason": "extension_under_way"}


@pytest.mark.parametrize("point", ["extend.planned", "extend.performed", "extend.recorded"])
async def test_a_crash_at_any_point_is_made_good(bench: Bench, point: str) -> None:
    """The operation is on disk before the call: the sweep sends it again with its key, and it counts once."""
    charge = await charging(bench)
    await extend(bench, charge, 8000)
    with pytest.raises(SimulatedCrash):
        await run_jobs(bench.work, crashing(bench, point), only=[Job.EXTEND_HOLD])

    bench.clock.advance(30)
    await sweep_operations(work=bench.work, ports=bench.ports)
    await bench.run(Job.EXTEND_HOLD)

    assert (await bench.hold(charge)).authorized_minor == 8000
    assert await pending(bench) == 8000
    assert len({call.idempotency_key for call in bench.payments.calls_of("extend_hold")}) == 1


async def test_a_webhook_that_tells_first_counts_once(bench: Bench) -> None:
    """The answer was lost, the webhook told: the later answer adds nothing."""
    charge = await charging(bench)
    await extend(bench, charge, 8000)
    bench.payments.lose_answer("extend_hold")
    await bench.run(Job.EXTEND_HOLD)
    await look_at_hold(work=bench.work, ports=bench.ports, payment_intent_id="pi_fake1", source="webhook")
    assert (await bench.charge(charge)).hold_minor == 8000

    bench.clock.advance(30)
    await sweep_operations(work=bench.work, ports=bench.ports)
    await bench.run(Job.EXTEND_HOLD)

    assert await bench.value("SELECT state FROM payment_operation WHERE kind = 'extend'") == "done"
    assert await bench.value("SELECT count(*) FROM journal WHERE kind = 'hold_extended'") == 1
    assert await pending(bench) == 8000


async def test_a_raise_that_comes_too_late_harms_nothing(bench: Bench) -> None:
    """The bill was quicker: the capture takes what it was ordered for, and the raise is refused and forgotten."""
    charge = await charging(bench)
    await extend(bench, charge, 8000)
    await push_cdr(bench, a_cdr(charge))
    await bench.run(Job.SETTLE, Job.CAPTURE_HOLD)

    await bench.drain()

    hold = await bench.hold(charge)
    assert (hold.status, hold.captured_minor) == ("captured", (await bench.charge(charge)).owed_minor)
    assert await bench.value("SELECT count(*) FROM payment_operation WHERE state NOT IN ('done', 'failed')") == 0
    assert await pending(bench) == 0

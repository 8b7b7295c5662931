"""The hold passport, the driver's word that the bank was answered, and the last moment of a hold that comes late."""

from dataclasses import replace
from datetime import timedelta

import pytest

from api.domain.charging.facts import Timer
from api.domain.charging.state import ChargingStatus
from api.domain.finance.hold_totals import HoldEventKind as Kind
from api.domain.finance.release_advice import Advice
from api.domain.money import Money
from api.models.charging import ChargingSession
from api.services.charging.advance import UnknownCharge
from api.services.charging.confirm import confirm_hold
from api.services.charging.hold_passport import HoldPassport, hold_passport
from api.services.charging.look import look_at_hold
from api.services.charging.sweep import sweep_timers
from api.services.charging.view import charge_view
from api.services.deferral import Job
from tests.api.services.charging.failing import failed
from tests.bench import Bench
from tests.builders import after
from tests.charges import a_charge, a_quote, cancel, reject_start, start

S = ChargingStatus


async def passport(bench: Bench, charge: ChargingSession) -> HoldPassport:
    """Return the passport of a charge's hold as its driver sees it now."""
    async with bench.work() as db:
        return await hold_passport(
            db=db, now=bench.clock.now(), driver_id=charge.driver_id, charging_session_id=charge.id
        )


async def confirm(bench: Bench, charge: ChargingSession) -> None:
    """Let the driver say that they answered their bank."""
    await confirm_hold(work=bench.work, ports=bench.ports, driver_id=charge.driver_id, charging_session_id=charge.id)


@pytest.mark.capability("CK12", "P2")
async def test_the_passport_of_a_settled_charge_tells_it_all(bench: Bench) -> None:
    """Amounts, card, consent, every step with its moment and reference, the release and what to expect of the bank."""
    charge = await a_charge(bench, S.SETTLED)

    found = await passport(bench, charge)

    assert found.amount == found.authorized == Money(5000, "EUR")
    assert found.captured + found.released == found.authorized
    assert (found.card_brand, found.card_last4) == ("visa", "4242")
    assert [step.what for step in found.steps] == [
        Kind.PLACE_REQUESTED, Kind.PLACE_SUCCEEDED, Kind.CAPTURE_REQUESTED, Kind.CAPTURE_SUCCEEDED,
    ]  # fmt: skip
    assert all(step.reference for step in found.steps if step.what is Kind.PLACE_SUCCEEDED)
    assert found.consent["amount_minor"] == 5000
    assert found.released_at is not None
    assert found.expected_by == found.released_at + timedelta(days=7)
    assert found.latest_by == found.released_at + timedelta(days=30)
    assert found.place["operator"]["name"] == "A charge point operator"
    assert found.advice is Advice.WAIT_FOR_BANK
    bench.clock.advance(31 * 86_400)
    assert (await passport(bench, charge)).advice is Advice.ASK_BANK


async def test_a_hold_that_stands_promises_no_release(bench: Bench) -> None:
    """Nothing was let go of yet, so there is nothing to expect of the bank."""
    found = await passport(bench, await a_charge(bench, S.CHARGING))
    assert (found.advice, found.released_at, found.expected_by) == (Advice.RESERVED, None, None)
    assert found.capture_before is not None


async def test_a_hold_that_was_passed_on_has_one_passport(bench: Bench, site: str) -> None:
    """Both charges show the same hold, with the step in which it was passed on."""
    first = await failed(bench)
    second = await start(bench, await a_quote(bench, connector=site))

    one, other = await passport(bench, first), await passport(bench, second)

    assert one == other
    assert one.charging_session_id == second.id
    assert [step.passed_to for step in one.steps if step.what is Kind.PASSED_ON] == [second.id]
    await reject_start(bench, second)
    await cancel(bench, second)
    await bench.drain()
    assert (await passport(bench, first)).released == Money(5000, "EUR")


async def test_a_passport_is_its_drivers_only(bench: Bench) -> None:
    """A charge of somebody else does not exist."""
    charge = await a_charge(bench, S.CHARGING)
    with pytest.raises(UnknownCharge):
        await passport(bench, charge.model_copy(update={"driver_id": "drv_2"}))


async def test_a_confirmed_hold_goes_on_without_a_webhook(bench: Bench) -> None:
    """Crashed app: secret and next step are shown again, and the driver's word makes us look at once."""
    charge = await a_charge(bench, S.AWAITING_DRIVER)
    view = charge_view(charge, await bench.hold(charge), bench.clock.now())
    assert view.hold["client_secret"] == "pi_fake1_secret"
    assert view.guide.next_action == "confirm_with_bank"
    await confirm(bench, charge)
    assert (await bench.charge(charge)).status == S.AWAITING_DRIVER

    bench.payments.pass_action("pi_fake1")
    await confirm(bench, charge)

    stored = await bench.charge(charge)
    assert stored.status == S.STARTING
    assert charge_view(stored, await bench.hold(charge), bench.clock.now()).hold["client_secret"] is None
    looks = len(bench.payments.calls_of("fetch_hold"))
    await confirm(bench, charge)
    assert len(bench.payments.calls_of("fetch_hold")) == looks


async def test_a_word_while_the_processor_is_away_changes_nothing(bench: Bench) -> None:
    """The app's word alone starts nothing; the sweep will ask again."""
    charge = await a_charge(bench, S.AWAITING_DRIVER)
    bench.payments.pass_action("pi_fake1")
    bench.payments.break_before("fetch_hold")

    await confirm(bench, charge)

    assert (await bench.charge(charge)).status == S.AWAITING_DRIVER


async def test_3ds_that_nobody_finishes_is_canceled(bench: Bench) -> None:
    """Failure mode 8: after fifteen minutes the intent is canceled as abandoned."""
    bench.ports.policy.timers[Timer.DRIVER_ACTION] = timedelta(minutes=15)
    charge = await a_charge(bench, S.AWAITING_DRIVER)
    bench.clock.advance(14 * 60)
    assert await sweep_timers(work=bench.work, ports=bench.ports) == 0
    bench.clock.advance(60)

    await sweep_timers(work=bench.work, ports=bench.ports)
    await bench.run(Job.RELEASE_HOLD)

    assert (await bench.charge(charge)).status == S.ABANDONED
    assert bench.payments.calls_of("release_hold")[0].arguments[1] == "abandoned"
    assert (await passport(bench, charge)).advice is Advice.NOTHING_RESERVED


async def test_a_last_moment_that_is_told_late_or_moves_has_a_clock(bench: Bench) -> None:
    """A hold of an unknown life gets its clock when the processor tells, and a moved moment moves it."""
    charge = await a_charge(bench, S.AWAITING_HOLD)
    held = bench.payments._held
    bench.payments._held = lambda snapshot: replace(held(snapshot), capture_before=None)  # type: ignore[method-assign]  # a processor that does not tell yet
    await bench.run(Job.PLACE_HOLD)
    clock = "SELECT due_at FROM charging_timer WHERE timer = 'hold_expiry_near'"
    assert (await bench.charge(charge)).status == S.STARTING
    assert await bench.rows(clock) == []

    for days in (7, 5):
        bench.payments._change("pi_fake1", capture_before=after(days * 1440))
        await look_at_hold(work=bench.work, ports=bench.ports, payment_intent_id="pi_fake1", source="webhook")
        assert await bench.value(clock) == after((days - 1) * 1440)
    version = (await bench.charge(charge)).version
    await look_at_hold(work=bench.work, ports=bench.ports, payment_intent_id="pi_fake1", source="webhook")
    assert (await bench.charge(charge)).version == version

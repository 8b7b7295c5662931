"""One intent, one hold: a start after a failed one takes its hold over, whoever else is after it at that moment."""

from decimal import Decimal

import pytest

from api.domain.charging.state import ChargingStatus
from api.models.driver import Driver
from api.ports.roaming import PartnerUnreachable
from api.services.charging.start import DriverBusy
from api.services.charging.sweep import sweep_operations, sweep_timers
from api.services.deferral import Job
from tests.api.services.charging.failing import WINDOW, failed, reused
from tests.bench import Bench
from tests.builders import (
    a_cdr,
    a_location,
    a_session,
    after,
    connector_of,
    push_cdr,
    push_session,
)
from tests.charges import a_quote, cancel, reject_start, start
from tests.fakes import ACTION_CARD

S = ChargingStatus


async def one_hold_in_order(bench: Bench) -> None:
    """Assert that one hold was ever asked for and that ours and the processor's are the same."""
    assert len(bench.payments.calls_of("place_hold")) == 1
    assert await bench.value("SELECT count(*) FROM hold") == 1


async def test_a_retry_at_another_connector_takes_the_hold_over(bench: Bench, site: str) -> None:
    """The quote says so with the exact amount, the start is sent at once, and the processor hears nothing."""
    first = await failed(bench)
    quote = await a_quote(bench, connector=site)
    assert reused(quote)["charging_session_id"] == first.id
    assert quote.hold_minor == 5000

    second = await start(bench, quote)

    hold = await bench.hold(second)
    assert (second.status, second.hold_status) == (S.STARTING, "placed")
    assert second.consent["reuses_hold"] == hold.id
    first = await bench.charge(first)
    assert (first.hold_status, first.hold_passed_to) == ("passed_on", second.id)
    assert first.final_at is not None
    await one_hold_in_order(bench)
    clocks = await bench.rows("SELECT timer FROM charging_timer WHERE charging_session_id = :id", id=first.id)
    assert clocks == []


@pytest.mark.capability("P1")
async def test_three_failed_starts_are_one_hold_that_is_released(bench: Bench, site: str) -> None:
    """P1: two connectors, three tries, one authorization; after the last one the window ends and the money goes."""
    first = await failed(bench)
    second = await start(bench, await a_quote(bench, connector=site))
    await reject_start(bench, second)
    third = await start(bench, await a_quote(bench, connector=connector_of()))
    await reject_start(bench, third)

    bench.clock.advance(WINDOW.total_seconds())
    await sweep_timers(work=bench.work, ports=bench.ports)
    await bench.drain()

    await one_hold_in_order(bench)
    assert (await bench.hold(third)).status == "released"
    assert [(await bench.charge(each)).hold_status for each in (first, second, third)] == [
        "passed_on", "passed_on", "released",
    ]  # fmt: skip
    assert await bench.value("SELECT count(*) FROM charging_session WHERE final_at IS NULL") == 0
    assert await bench.value("SELECT sum(amount_minor) FROM ledger_entry WHERE layer = 'pending'") == 0


async def test_the_retry_is_billed_from_the_hold_once(bench: Bench, site: str) -> None:
    """A bill of the failed charge that comes late is a receivable; the hold pays for the charge that has it."""
    first = await failed(bench)
    second = await start(bench, await a_quote(bench, connector=site))
    await push_session(bench, a_session(first, id="LATE"))
    assert (await bench.charge(first)).status == S.STOP_REQUESTED
    assert "session_without_hold" in await bench.findings()
    await bench.run(Job.SEND_START)
    await push_session(bench, a_session(second, id="SES2"))
    await push_cdr(bench, a_cdr(first, id="CDR-LATE", session_id="LATE", cost="5.00"))
    await push_cdr(bench, a_cdr(second, id="CDR2", session_id="SES2"))
    await bench.drain()

    hold = await bench.hold(second)
    assert (hold.status, hold.captured_minor) == ("captured", (await bench.charge(second)).owed_minor)
    assert len(bench.payments.calls_of("capture_hold")) == 1
    late = await bench.charge(first)
    assert (late.status, late.captured_minor) == (S.SETTLED, None)
    assert late.state["receivable"]["minor"] == late.owed_minor > 0  # type: ignore[operator]  # it is billed


async def test_a_hold_that_is_too_small_makes_room_for_a_new_one(bench: Bench, site: str) -> None:
    """The dearer charger needs more: one new hold of the exact amount, and the old one goes at once."""
    first = await failed(bench)
    bench.ports.policy.hold_by_evse["DE*CPO*EVSE2"] = {"EUR": 8000}
    quote = await a_quote(bench, connector=site)
    assert (reused(quote), quote.hold_minor) == (None, 8000)

    second = await start(bench, quote)
    await bench.drain()

    assert (await bench.hold(first)).status == "released"
    assert ((await bench.hold(second)).status, (await bench.hold(second)).amount_minor) == ("placed", 8000)


@pytest.mark.parametrize(
    ("latitude", "reuses"), [("48.5026", True), ("48.5028", False)], ids=["289 m north", "311 m north"]
)
async def test_a_site_is_what_lies_within_300_meters(bench: Bench, site: str, latitude: str, reuses: bool) -> None:
    """Another location across the car park is the same site; one down the road is not, and gets its own hold."""
    first = await failed(bench)
    near = await a_location(bench, location_id="LOC2", latitude=Decimal(latitude))

    quote = await a_quote(bench, connector=near)
    await start(bench, quote)
    await bench.drain()

    assert (reused(quote) is not None) == reuses
    assert (await bench.charge(first)).hold_status == ("passed_on" if reuses else "released")
    assert len(bench.payments.calls_of("place_hold")) == (1 if reuses else 2)


async def test_a_driver_with_another_card_or_a_lower_limit_gets_another_hold(bench: Bench, site: str) -> None:
    """The hold is offered only on the card that the driver pays with now, and never above what they want held."""
    await failed(bench)

    assert reused(await a_quote(bench, connector=site)) is not None
    assert reused(await a_quote(bench, connector=site, hold_cap_minor=3000)) is None
    assert reused(await a_quote(bench, connector=site, driver_id="drv_2")) is None
    async with bench.work() as db:
        driver = await db.get_one(Driver, "drv_1")
        driver.payment_method_id = "pm_card_mastercard"
        db.add(driver)
    bench.kept.clear()
    bench.kept["drv_1"] = driver
    assert reused(await a_quote(bench, connector=site)) is None


async def test_a_hold_that_lapses_soon_is_not_offered(bench: Bench, site: str) -> None:
    """What could not be captured after a night of charging secures no charge."""
    await failed(bench)
    await bench.rows("UPDATE hold SET capture_before = :soon RETURNING id", soon=after(60 * 24))

    assert reused(await a_quote(bench, connector=site)) is None


async def test_the_window_ends_on_time(bench: Bench, site: str) -> None:
    """Nobody tried again: the hold is released within a minute of the failure, and a late start gets a new one."""
    first = await failed(bench)
    quote = await a_quote(bench, connector=site)
    bench.clock.advance(44)
    assert await sweep_timers(work=bench.work, ports=bench.ports) == 0
    bench.clock.advance(1)

    await sweep_timers(work=bench.work, ports=bench.ports)
    await bench.drain()
    second = await start(bench, quote)
    await bench.drain()

    assert (await bench.hold(first)).status == "released"
    assert (await bench.hold(second)).amount_minor == quote.hold_minor
    assert len(bench.payments.calls_of("place_hold")) == 2


async def test_giving_up_the_failed_start_releases_the_hold_at_once(bench: Bench, site: str) -> None:
    """The driver says that there will be no other try: no clock is waited for."""
    first = await failed(bench)

    await cancel(bench, first)
    await bench.drain()

    assert (await bench.hold(first)).status == "released"
    assert (await bench.charge(first)).final_at is not None
    assert reused(await a_quote(bench, connector=site)) is None


async def test_an_uncertain_start_keeps_its_hold_and_the_driver(bench: Bench, site: str) -> None:
    """The car may charge: no quote offers that hold, and no second start is taken on."""
    charge = await start(bench, await a_quote(bench))
    await bench.run(Job.PLACE_HOLD)
    bench.roaming.start_answers.append(PartnerUnreachable("partner_unreachable"))
    await bench.run(Job.SEND_START)
    assert (await bench.charge(charge)).status == S.START_UNKNOWN

    quote = await a_quote(bench, connector=site)
    assert reused(quote) is None
    with pytest.raises(DriverBusy):
        await start(bench, quote)


async def test_a_placement_that_was_never_answered_is_recorded_where_the_hold_is(bench: Bench, site: str) -> None:
    """A webhook told of the hold before our own call did: the sweep ends that call though the hold moved on."""
    charge = await start(bench, await a_quote(bench))
    bench.payments.lose_answer("place_hold")
    await bench.run(Job.PLACE_HOLD)
    await bench.rows("UPDATE hold SET payment_intent_id = 'pi_fake1' RETURNING id")
    await bench.run(Job.RESOLVE_HOLD)
    operation = "SELECT state FROM payment_operation WHERE kind = 'place'"
    await bench.rows("UPDATE payment_operation SET state = 'unknown', finished_at = NULL RETURNING id")
    await reject_start(bench, charge)
    second = await start(bench, await a_quote(bench, connector=site))

    bench.clock.advance(30)
    await sweep_operations(work=bench.work, ports=bench.ports)
    await bench.run(Job.PLACE_HOLD)

    assert await bench.value(operation) == "done"
    assert (await bench.charge(second)).status == S.STARTING
    assert (await bench.charge(charge)).hold_status == "passed_on"


async def test_a_card_that_was_confirmed_once_is_not_asked_again(bench: Bench, site: str) -> None:
    """One intent, one 3-D Secure: the second start goes straight to the charger."""
    bench.kept.clear()
    charge = await start(bench, await a_quote(bench, driver_id="drv_3", connector=connector_of()))
    async with bench.work() as db:
        driver = await db.get_one(Driver, "drv_3")
        driver.payment_method_id = ACTION_CARD
        db.add(driver)
    await bench.rows("UPDATE hold SET payment_method_id = :card RETURNING id", card=ACTION_CARD)
    bench.kept["drv_3"] = driver
    await bench.run(Job.PLACE_HOLD)
    assert (await bench.charge(charge)).status == S.AWAITING_DRIVER
    bench.payments.pass_action("pi_fake1")
    await bench.rows("UPDATE hold SET updated_at = :then RETURNING id", then=after(-5))
    await sweep_operations(work=bench.work, ports=bench.ports)
    await bench.run(Job.RESOLVE_HOLD)
    await reject_start(bench, charge)

    second = await start(bench, await a_quote(bench, driver_id="drv_3", connector=site))

    assert second.status == S.STARTING
    assert len(bench.payments.calls_of("place_hold")) == 1

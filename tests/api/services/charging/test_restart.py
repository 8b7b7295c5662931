"""Trying again: in the hold of a failed start or beside one that waits, there or at the right post, the fee told."""

from decimal import Decimal
from typing import Any

import pytest

from api.domain.charging.state import ChargingStatus
from api.domain.money import Money
from api.domain.pricing.tariff import ComponentType, PriceComponent, TariffElement
from api.domain.roaming.location import EvseStatus
from api.domain.roaming.session import SessionStatus
from api.models.charging import ChargingSession
from api.models.driver import Driver
from api.services.charging.advance import UnknownCharge
from api.services.charging.restart import (
    HoldNote,
    NotAtThisSite,
    NothingToSwitch,
    Restart,
    StillGoingOn,
    quote_restart,
    switch_connector,
)
from tests.api.services.charging.failing import failed
from tests.api.services.charging.test_guidance import becomes
from tests.bench import Bench
from tests.builders import (
    a_cdr,
    a_driver,
    a_location,
    a_session,
    a_tariff,
    after,
    an_evse,
    connector_of,
    push_cdr,
    push_session,
)
from tests.charges import a_charge, a_quote, start

S = ChargingStatus
KWH = PriceComponent(ComponentType.energy, Decimal("0.39"), 1)
FLAT = PriceComponent(ComponentType.flat, Decimal("1.00"), 1)


async def again(bench: Bench, charge: ChargingSession, *, driver_id: str = "drv_1", **fields: Any) -> Restart:
    """Let a driver ask for another try."""
    driver = fields.get("driver") or await a_driver(bench, driver_id=driver_id)
    values: dict[str, Any] = {"driver": driver, "charging_session_id": charge.id} | fields
    async with bench.work() as db:
        return await quote_restart(db=db, ports=bench.ports, now=bench.clock.now(), **values)


async def switch(bench: Bench, charge: ChargingSession, *, driver_id: str = "drv_1") -> Restart:
    """Let a driver switch to the post of the hint."""
    driver = await a_driver(bench, driver_id=driver_id)
    async with bench.work() as db:
        return await switch_connector(
            db=db, ports=bench.ports, now=bench.clock.now(), driver=driver, charging_session_id=charge.id
        )


@pytest.mark.capability("CK16", "P1")
async def test_another_try_after_a_failed_start_uses_the_hold_that_stands(bench: Bench, site: str) -> None:
    """One tap more: the quote is for the amount that stands, its start asks the processor for nothing."""
    charge = await failed(bench)

    restart = await again(bench, charge)

    assert (restart.connector_id, restart.reuses_hold) == (connector_of(), True)
    assert (restart.note, restart.earlier) == (HoldNote.REUSED, None)
    assert restart.quote.hold_minor == charge.hold_minor
    assert restart.start_fee_again is False
    second = await start(bench, restart.quote)
    assert second.status == S.STARTING
    assert len(bench.payments.calls_of("place_hold")) == 1


@pytest.mark.capability("CK16")
@pytest.mark.parametrize(("components", "fee"), [((KWH,), False), ((KWH, FLAT), True)])
async def test_a_start_fee_that_is_due_again_is_told(
    bench: Bench, components: tuple[PriceComponent, ...], fee: bool
) -> None:
    """After a charge that stopped by itself a second session has its own start fee, where the tariff has one."""
    await a_location(bench, tariff=a_tariff(elements=(TariffElement(components),)))
    charge = await a_charge(bench, S.ENDED)

    restart = await again(bench, charge)

    assert (restart.start_fee, restart.start_fee_again) == (fee, fee)
    assert not restart.reuses_hold  # that hold pays for what was delivered, once, when its bill is there
    assert (restart.note, restart.earlier) == (HoldNote.BESIDE, Money(5000, "EUR"))


async def test_two_charges_in_a_row_are_two_holds_and_each_is_captured_by_its_own_bill(bench: Bench) -> None:
    """The quote said so: the new amount comes beside the old one, which is settled when the first bill comes."""
    first = await a_charge(bench, S.ENDED)
    restart = await again(bench, first)
    second = await start(bench, restart.quote)
    await bench.drain()
    assert [hold.status for hold in bench.payments.holds] == ["held", "held"]
    await push_cdr(bench, a_cdr(first))
    await bench.drain()
    assert (await bench.charge(first)).captured_minor == 928
    assert (await again(bench, first)).note is HoldNote.NEW
    assert (await bench.hold(second)).status == "placed"


async def test_a_hold_that_does_not_fit_is_replaced(bench: Bench, site: str) -> None:
    """The card changed since: the start lets the old hold go, and the quote says so before."""
    charge = await failed(bench)
    await bench.rows("UPDATE driver SET payment_method_id = 'pm_card_mastercard' RETURNING id")
    bench.kept.clear()
    async with bench.work() as db:
        driver = await db.get_one(Driver, "drv_1")
    restart = await again(bench, charge, driver=driver)
    assert (restart.note, restart.earlier) == (HoldNote.REPLACED, Money(charge.hold_minor, "EUR"))


async def test_where_no_price_is_known_nothing_is_said_of_the_fee(bench: Bench) -> None:
    """Unknown is unknown, never "no fee"."""
    await a_location(bench, tariff=None)
    charge = await start(bench, await a_quote(bench), accept_unknown_price=True)
    await bench.drain()
    async with bench.work() as db:
        stored = await bench.charge(charge)
        stored.freed_at = bench.clock.now()
        db.add(stored)

    restart = await again(bench, charge)

    assert (restart.start_fee, restart.start_fee_again) == (None, None)


async def test_another_try_is_for_a_charge_that_is_over_and_at_its_site(bench: Bench, site: str) -> None:
    """A running charge is not started again, a stranger's does not exist, and far away is no second try."""
    charge = await a_charge(bench, S.CHARGING)
    with pytest.raises(StillGoingOn):
        await again(bench, charge)
    await push_session(
        bench, a_session(charge, status=SessionStatus.COMPLETED, ended_at=after(60), last_updated=after(60))
    )
    await a_location(bench, location_id="LOC2", latitude=Decimal(50), evses=(an_evse("FAR1"),))
    with pytest.raises(NotAtThisSite):
        await again(bench, charge, connector_public_id=connector_of("LOC2", "FAR1"))
    with pytest.raises(UnknownCharge):
        await again(bench, charge, driver_id="drv_2")
    assert (await again(bench, charge, connector_public_id=site)).connector_id == site


@pytest.mark.capability("P7")
async def test_the_driver_switches_to_the_post_with_the_cable_in_the_same_hold(bench: Bench, site: str) -> None:
    """The neighbor is busy and ours is free: the start is given up and goes on there, one hold for both."""
    await a_location(bench, evses=tuple(an_evse(uid) for uid in ("EVSE1", "EVSE2", "EVSE3")))
    charge = await a_charge(bench, S.START_ACCEPTED)
    with pytest.raises(NothingToSwitch):
        await switch(bench, charge)
    await becomes(bench, "EVSE2", EvseStatus.CHARGING)
    with pytest.raises(UnknownCharge):
        await switch(bench, charge, driver_id="drv_2")

    restart = await switch(bench, charge)

    assert (restart.connector_id, restart.reuses_hold) == (site, True)
    second = await start(bench, restart.quote)
    assert (second.status, second.hold_status) == (S.STARTING, "placed")
    first = await bench.charge(charge)
    assert (first.status, first.failure_code, first.hold_passed_to) == (S.START_FAILED, "wrong_connector", second.id)
    assert len(bench.payments.calls_of("place_hold")) == 1


@pytest.mark.capability("P6", "P7")
async def test_a_session_that_begins_after_the_switch_is_stopped(bench: Bench, site: str) -> None:
    """The first post starts all the same: it is stopped and told to finance, never an unpaid limbo."""
    await a_location(bench, evses=tuple(an_evse(uid) for uid in ("EVSE1", "EVSE2", "EVSE3")))
    charge = await a_charge(bench, S.START_ACCEPTED)
    await becomes(bench, "EVSE2", EvseStatus.CHARGING)
    await start(bench, (await switch(bench, charge)).quote)

    await push_session(bench, a_session(charge))

    stored = await bench.charge(charge)
    assert (stored.status, stored.stop_cause) == (S.STOP_REQUESTED, "no_session_wanted")
    assert "session_without_hold" in await bench.findings()

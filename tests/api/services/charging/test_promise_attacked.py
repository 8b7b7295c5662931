"""Ways in which a bill might get around the promise: each was tried on a charge, and none makes its driver pay more."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from api.domain.charging.state import ChargingStatus
from api.domain.pricing.tariff import ComponentType, PriceComponent, PriceLimit, Restrictions, TariffElement
from api.domain.roaming.session import Price, SessionStatus
from api.models.charging import ChargingSession
from api.services.charging.staff import settle_by_staff
from tests.bench import Bench
from tests.builders import a_cdr, a_location, a_period, a_session, a_tariff, after, push_cdr, push_session
from tests.charges import a_charge, a_quote, start

S = ChargingStatus
D = Decimal


async def ended(bench: Bench, *, kwh: str = "20.000", **session: Any) -> ChargingSession:
    """Return a charge whose session completed after an hour, with the energy and periods that it told."""
    charge = await a_charge(bench, S.CHARGING)
    told = {"kwh": D(kwh), "status": SessionStatus.COMPLETED, "ended_at": after(60), "last_updated": after(60)}
    await push_session(bench, a_session(charge, **(told | session)))
    return await bench.charge(charge)


async def open_findings(bench: Bench) -> set[str]:
    """Return the reasons of the findings that are open."""
    return {row.reason for row in await bench.rows("SELECT reason FROM mismatch WHERE resolved_at IS NULL")}


@pytest.mark.parametrize("session_id", [None, "SES9"])
async def test_a_second_bill_of_no_known_session_moves_nothing(bench: Bench, session_id: str | None) -> None:
    """The same session billed again without its id, or under an invented one, is for a person."""
    charge = await ended(bench)
    await push_cdr(bench, a_cdr(charge))
    await push_cdr(bench, a_cdr(charge, id="CDR2", session_id=session_id))
    await bench.drain()

    assert (await bench.charge(charge)).status == S.NEEDS_FINANCE


async def test_a_credit_of_a_cent_leaves_its_bill_standing(bench: Bench) -> None:
    """What is credited in part still stands, so that a second bill of the session is one too many."""
    charge = await ended(bench)
    await push_cdr(bench, a_cdr(charge))
    cent = replace(a_cdr(charge, id="C1"), credit=True, credit_reference_id="CDR1", total_cost=Price(D("-0.01")))
    await push_cdr(bench, cent)
    await push_cdr(bench, a_cdr(charge, id="CDR2"))
    await bench.drain()

    assert (await bench.charge(charge)).status == S.NEEDS_FINANCE


async def test_hours_after_the_session_are_not_promised(bench: Bench) -> None:
    """The session ended after an hour; a bill for four hours of parking behind it is paid up to the hour."""
    await a_location(bench, tariff=a_tariff(idle_hour="6.00"))
    charge = await ended(bench)
    late = (a_period(0, kwh="20", hours="1"), a_period(60, idle="4"))
    cdr = a_cdr(charge, charging_periods=late, ended_at=after(300), total_time_hours=D(5))
    await push_cdr(bench, replace(cdr, total_cost=Price(D("31.80"))))
    await bench.drain()

    assert (await bench.charge(charge)).owed_minor == 928
    assert "cdr_wrong_quantity" in await open_findings(bench)


async def test_a_bill_dated_into_a_dearer_hour_is_priced_when_its_session_was(bench: Bench) -> None:
    """Eight hours later a kWh would cost 0.90: the session took place before that."""
    peak = TariffElement(a_tariff(kwh="0.90").elements[0].components, Restrictions(start_time=after(400).time()))
    await a_location(bench, tariff=a_tariff(elements=(peak, *a_tariff().elements)), time_zone="UTC")
    charge = await ended(bench)
    shifted = a_cdr(charge, starts_at=after(480), ended_at=after(540), charging_periods=(a_period(480, kwh="20"),))
    await push_cdr(bench, replace(shifted, total_cost=Price(D("18.00"))))
    await bench.drain()

    assert (await bench.charge(charge)).owed_minor == 928


@pytest.mark.parametrize(
    "billed",
    [
        (a_period(0, kwh="20", hours="1"),),
        (a_period(0, kwh="19.999", hours="0.5"), a_period(30, kwh="0.001", hours="0.5")),
    ],
)
async def test_parking_that_was_told_is_no_charging_time_in_any_shape(bench: Bench, billed: Any) -> None:
    """Merged into one period, or with a Wh in it: half an hour was told as parking and is priced as that."""
    await a_location(bench, tariff=a_tariff(hour="6.00", idle_hour="1.20"))
    told = (a_period(0, kwh="20", hours="0.5"), a_period(30, idle="0.5"))
    charge = await ended(bench, charging_periods=told)
    await push_cdr(bench, replace(a_cdr(charge), charging_periods=billed, total_cost=Price(D("13.80"))))
    await bench.drain()

    assert (await bench.charge(charge)).owed_minor == 1357
    assert "cdr_idle_at_charging_rate" in await open_findings(bench)


async def test_a_bill_may_not_name_somebody_elses_session(bench: Bench) -> None:
    """Forty kWh under the id of a session that is not this charge's: its own meter counts."""
    charge = await ended(bench)
    stranger = a_session(charge, id="SES7", kwh=D(900), status=SessionStatus.COMPLETED, authorization_reference=None)
    await push_session(bench, replace(stranger, cdr_token=replace(stranger.cdr_token, uid="NOBODY")))
    await push_cdr(bench, a_cdr(charge, cost="15.60", session_id="SES7"))
    await bench.drain()

    assert (await bench.charge(charge)).owed_minor == 928


async def test_a_session_taken_back_after_its_bill_still_bounds_it(bench: Bench) -> None:
    """Credited and billed anew under a hub's own id, the session set invalid meanwhile: its meter still counts."""
    charge = await ended(bench)
    await push_cdr(bench, a_cdr(charge, cost="9.75", session_id="HUB1"))
    await push_session(bench, a_session(charge, kwh=D("20.000"), status=SessionStatus.INVALID, last_updated=after(70)))
    credit = replace(a_cdr(charge, id="C1", cost="9.75"), credit=True, credit_reference_id="CDR1")
    await push_cdr(bench, replace(credit, total_cost=Price(D("-9.75"))))
    await push_cdr(bench, a_cdr(charge, id="CDR2", cost="9.75", session_id="HUB2"))
    await bench.drain()

    assert (await bench.charge(charge)).owed_minor == 928


async def test_a_session_without_energy_and_a_bill_with_it_are_for_a_person(bench: Bench) -> None:
    """Nobody can tell whether the meter was never filled in or nothing flowed: no money moves, no hold is let go."""
    charge = await ended(bench, kwh="0", charging_periods=())
    await push_cdr(bench, a_cdr(charge))
    await bench.drain()

    assert (await bench.charge(charge)).status == S.NEEDS_FINANCE
    assert (await bench.hold(charge)).status == "placed"


async def test_periods_that_leave_the_energy_out_are_bounded_by_the_totals(bench: Bench) -> None:
    """A bill right in its totals whose only period states hours is paid as its meter says, not as nothing."""
    charge = await ended(bench)
    await push_cdr(bench, a_cdr(charge, charging_periods=(a_period(0, hours="1"),)))
    await bench.drain()

    assert (await bench.charge(charge)).owed_minor == 928


async def test_two_sessions_cost_one_start(bench: Bench) -> None:
    """The charger began anew: one fee of 5.00, and the maximum of 12.00 for both together."""
    parts = (PriceComponent(ComponentType.flat, D(5), 1), *a_tariff().elements[0].components)
    tariff = a_tariff(elements=(TariffElement(parts),), max_price=PriceLimit(D(12)))
    await a_location(bench, tariff=tariff)
    charge = await ended(bench, kwh="10.000")
    again = a_session(charge, id="SES2", kwh=D("10.000"), status=SessionStatus.COMPLETED, ended_at=after(60))
    await push_session(bench, replace(again, last_updated=after(61)))
    for number, session in enumerate(("SES1", "SES2"), 1):
        await push_cdr(
            bench,
            replace(a_cdr(charge, id=f"CDR{number}", cost="3.90", session_id=session), total_cost=Price(D("8.90"))),
        )
    await bench.drain()

    assert (await bench.charge(charge)).owed_minor == 1428


async def test_what_can_be_judged_still_decides_where_something_cannot(bench: Bench) -> None:
    """A weekend price is no ceiling on a Monday, though power was not measured for the others."""
    weekend = TariffElement(a_tariff(kwh="5.00").elements[0].components, Restrictions(days_of_week=frozenset({6, 7})))
    slow = TariffElement(a_tariff(kwh="0.30").elements[0].components, Restrictions(max_power=D(11)))
    await a_location(bench, tariff=a_tariff(elements=(weekend, slow, *a_tariff().elements)))
    charge = await ended(bench)
    assert after(0).isoweekday() == 1
    await push_cdr(bench, replace(a_cdr(charge), total_cost=Price(D("100.00"))))
    await bench.drain()

    assert (await bench.charge(charge)).owed_minor == 928


async def test_a_fee_by_the_minute_follows_the_session_and_not_a_wrong_bill(bench: Bench) -> None:
    """A bill that ends ten hours late does not raise our own fee of 0.02 a minute for an hour."""
    charge = await ended(bench)
    await bench.rows('UPDATE charging_session SET retail = retail || \'{"minute_fee": "0.02"}\' RETURNING id')
    await push_cdr(bench, a_cdr(charge, ended_at=after(600)))
    await bench.drain()

    assert (await bench.charge(charge)).owed_minor == 928 + 120


async def test_two_parties_may_use_one_id(bench: Bench) -> None:
    """Bills of two parties behind one partner with the same id are two bills, and the second names no known session."""
    charge = await ended(bench)
    await push_cdr(bench, a_cdr(charge))
    await push_cdr(bench, replace(a_cdr(charge, cost="3.90"), party_id="XYZ"), raw='{"other": 1}')
    await bench.drain()

    assert (await bench.charge(charge)).status == S.NEEDS_FINANCE


async def test_a_signed_decision_outlasts_the_end_of_the_session(bench: Bench) -> None:
    """Staff lowered the sum; the session's end that comes afterwards does not bring the bill back."""
    charge = await a_charge(bench, S.CHARGING)
    await push_cdr(bench, a_cdr(charge))
    await bench.drain()
    async with bench.work() as db:
        await settle_by_staff(
            db=db, ports=bench.ports, now=bench.clock.now(), charging_session_id=charge.id, owed_minor=500, by="Ada"
        )
    over = a_session(charge, kwh=D("20.000"), status=SessionStatus.COMPLETED, ended_at=after(60))
    await push_session(bench, replace(over, last_updated=after(62)))
    await bench.drain()

    assert (await bench.charge(charge)).owed_minor == 500


async def test_the_time_zone_of_the_quote_is_the_charges(bench: Bench) -> None:
    """A location that moves its clock between quote and start moves no promised price."""
    await a_location(bench)
    quote = await a_quote(bench)
    await a_location(bench, time_zone="Pacific/Auckland", last_updated=after(1))
    charge = await start(bench, quote)

    assert charge.time_zone == "Europe/Berlin"


async def test_what_a_credit_took_back_is_no_open_question(bench: Bench) -> None:
    """The overcharge was credited and billed right: nothing is left for finance to dispute."""
    charge = await ended(bench)
    await push_cdr(bench, replace(a_cdr(charge), total_cost=Price(D("9.00"))))
    await bench.drain()
    assert "cdr_unexplained" in await open_findings(bench)
    credit = replace(a_cdr(charge, id="C1"), credit=True, credit_reference_id="CDR1", total_cost=Price(D("-9.00")))
    await push_cdr(bench, credit)
    await push_cdr(bench, a_cdr(charge, id="CDR2"))
    bench.clock.set(bench.clock.now() + timedelta(minutes=1))
    await bench.drain()

    assert "cdr_unexplained" not in await open_findings(bench)
    assert (await bench.charge(charge)).owed_minor == 928


async def test_another_tax_has_an_amount(bench: Bench) -> None:
    """A quarter of tax where 19 % were accepted: the driver pays 9.28, and finance knows of the 0.47."""
    parts = (PriceComponent(ComponentType.energy, D("0.39"), 1, D(19)),)
    await a_location(bench, tariff=a_tariff(elements=(TariffElement(parts),)))
    charge = await ended(bench)
    await push_cdr(bench, a_cdr(charge, taxed="9.75"))
    await bench.drain()

    assert (await bench.charge(charge)).owed_minor == 928
    assert await bench.value("SELECT amount_minor FROM mismatch WHERE reason = 'cdr_tax_differs'") == 47

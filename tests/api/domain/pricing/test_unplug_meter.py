"""The unplug meter against the pricing engine itself: what it says staying costs is the difference of two prices."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.domain.money import Money
from api.domain.pricing.periods import Reading, cut_into_periods
from api.domain.pricing.price import price
from api.domain.pricing.price_steps import next_price_rise
from api.domain.pricing.retail import RetailRule, driver_price
from api.domain.pricing.stay_cost import stay_timeline
from api.domain.pricing.tariff import ComponentType, PriceComponent, Restrictions, Tariff, TariffElement
from api.domain.pricing.unplug_meter import FREE_PAUSES, UnplugMeter, remind_at, unplug_meter

ZONE = "Europe/Berlin"
PLUGGED = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
NOW = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)
READINGS = (Reading(PLUGGED, Decimal(0), charging=True), Reading(NOW, Decimal(20), charging=False))
OURS = RetailRule()
WALK, PAUSE = timedelta(minutes=5), timedelta(minutes=15)


def parking(per_hour: str, **restrictions: object) -> TariffElement:
    """Return parking at a price, under restrictions."""
    limits = Restrictions(**restrictions) if restrictions else None  # type: ignore[arg-type]  # by name
    components = (PriceComponent(ComponentType.parking_time, Decimal(per_hour), 1, vat=Decimal(19)),)
    return TariffElement(components, limits) if limits else TariffElement(components)


def a_tariff(*elements: TariffElement) -> Tariff:
    """Return energy at 0.40 and these prices of parking; what comes first wins."""
    energy = TariffElement((PriceComponent(ComponentType.energy, Decimal("0.4"), 1, vat=Decimal(19)),))
    return Tariff("T1", "EUR", (*elements, energy))


def meter_of(tariff: Tariff, now: datetime = NOW) -> UnplugMeter:
    """Return the meter of a car that stopped charging at half past four in Berlin."""
    timeline = stay_timeline(tariff, readings=READINGS, stays_from=now, time_zone=ZONE, retail=OURS)
    return unplug_meter(timeline)


def paid_for(tariff: Tariff, leaves_at: datetime) -> Money:
    """Return the whole price of who leaves then, by the engine and nothing of the meter."""
    stayed = (*READINGS, Reading(leaves_at, Decimal(20), charging=False)) if leaves_at > NOW else READINGS
    periods = cut_into_periods(stayed, leaves_at, tariff, ZONE)
    cost = price(periods, tariff, time_zone=ZONE, ended_at=leaves_at)
    return driver_price(cost, OURS, stay_seconds=int((leaves_at - PLUGGED).total_seconds())).total


BLOCKING = a_tariff(parking("4.8", start_time=time(18), end_time=time(20)))
"""Free until six, 4.80 until eight, free again: the example of idea 3."""


@pytest.mark.capability("CM20")
def test_free_then_a_price_then_free() -> None:
    """The next change and the next rise are at six by the clock at the charger, and who walks leaves before."""
    meter = meter_of(BLOCKING)
    assert (meter.costs_now, meter.free_for_good) == (False, False)
    assert meter.next_rise is not None
    assert (meter.next_rise.at, meter.next_rise.per_hour) == (datetime(2026, 3, 2, 17, tzinfo=UTC), Decimal("5.712"))
    assert meter.next_change == meter.next_rise
    assert meter.leave_by(WALK) == datetime(2026, 3, 2, 16, 55, tzinfo=UTC)


def test_a_price_that_falls_is_a_change_and_no_rise() -> None:
    """At seven it costs; at eight it is free, and dearer again only on the next evening."""
    meter = meter_of(BLOCKING, datetime(2026, 3, 2, 18, tzinfo=UTC))
    assert meter.costs_now
    assert meter.next_rise is not None
    assert meter.next_rise.at == datetime(2026, 3, 3, 17, tzinfo=UTC)
    assert meter.next_change is not None
    assert (meter.next_change.at, meter.next_change.per_hour) == (datetime(2026, 3, 2, 19, tzinfo=UTC), Decimal(0))


prices = st.sampled_from(["0", "1.2", "3", "4.8", "12"])
hours = st.integers(0, 23).map(time)


@st.composite
def tariffs(draw: st.DrawFn) -> Tariff:
    """Draw tariffs with prices by the clock and by how long the car has been there."""
    elements = [
        parking(draw(prices), start_time=draw(hours), end_time=draw(hours)) for _ in range(draw(st.integers(0, 3)))
    ]
    if draw(st.booleans()):
        elements.append(parking(draw(prices), min_duration_seconds=draw(st.sampled_from([3600, 7200, 14400]))))
    if draw(st.booleans()):
        elements.append(parking(draw(prices)))
    return a_tariff(*elements)


@pytest.mark.capability("CM20")
@settings(max_examples=60, deadline=None)
@given(tariff=tariffs(), minutes=st.integers(1, 23 * 60))
def test_nothing_is_paid_for_staying_while_the_meter_says_free(tariff: Tariff, minutes: int) -> None:
    """Until the next rise a free meter means: leaving then costs to the cent what leaving now costs."""
    meter = meter_of(tariff)
    later = NOW + timedelta(minutes=minutes)
    if meter.costs_now or (meter.next_rise is not None and later > meter.next_rise.at):
        return
    assert paid_for(tariff, later) == paid_for(tariff, NOW)


@pytest.mark.capability("CM20")
@settings(max_examples=60, deadline=None)
@given(tariff=tariffs(), share=st.integers(1, 100))
def test_while_it_costs_the_price_of_staying_is_the_difference_of_two_prices(tariff: Tariff, share: int) -> None:
    """The hourly price times the time stayed, up to the next change, is what the engine bills more, to the cent."""
    meter = meter_of(tariff)
    until = meter.next_change.at if meter.next_change else NOW + timedelta(hours=20)
    later = NOW + timedelta(seconds=int((until - NOW).total_seconds()) * share // 100)
    more = paid_for(tariff, later).minor - paid_for(tariff, NOW).minor
    told = meter.per_hour * 100 * int((later - NOW).total_seconds()) / 3600
    assert abs(Decimal(more) - told) <= 1


@settings(max_examples=60, deadline=None)
@given(tariff=tariffs())
def test_a_rise_is_real(tariff: Tariff) -> None:
    """Staying on after a rise costs more by the hour than before it."""
    meter = meter_of(tariff)
    rise = meter.next_rise
    if rise is None:
        return
    minute, cost = timedelta(minutes=10), paid_for
    before = cost(tariff, rise.at).minor - cost(tariff, max(NOW, rise.at - minute)).minor
    after = cost(tariff, rise.at + minute).minor - cost(tariff, rise.at).minor
    assert after > before or rise.per_hour < Decimal("0.1")


# --- when to remind -------------------------------------------------------------------------------------------------


@pytest.mark.capability("CM19", "CM20")
def test_reminders_come_in_time_then_when_it_costs_then_again_and_again() -> None:
    """Five minutes before six, at six, and from then on every quarter of an hour until the cable is out."""
    at, found = NOW, []
    for _ in range(4):
        at = remind_at(meter_of(BLOCKING, at), at, walking=WALK, pause=PAUSE)
        found.append(f"{at:%H:%M}")
    assert found == ["16:55", "17:00", "17:15", "17:30"]


def test_a_long_way_to_the_car_is_reminded_earlier() -> None:
    """The last useful minute is that of the driver's own way."""
    meter = meter_of(BLOCKING)
    assert remind_at(meter, NOW, walking=timedelta(minutes=25), pause=PAUSE) == datetime(2026, 3, 2, 16, 35, tzinfo=UTC)
    late = datetime(2026, 3, 2, 16, 50, tzinfo=UTC)
    too_far = remind_at(meter_of(BLOCKING, late), late, walking=timedelta(minutes=25), pause=PAUSE)
    assert too_far == datetime(2026, 3, 2, 17, tzinfo=UTC)


def test_who_stays_for_nothing_is_reminded_seldom_and_an_unknown_price_counts_as_one() -> None:
    """Free for good: others may wait, but nothing is lost. Nobody knows: it may cost."""
    assert remind_at(meter_of(a_tariff()), NOW, walking=WALK, pause=PAUSE) == NOW + FREE_PAUSES * PAUSE
    assert remind_at(None, NOW, walking=WALK, pause=PAUSE) == NOW + PAUSE


@settings(max_examples=60, deadline=None)
@given(tariff=tariffs(), walking=st.integers(0, 120).map(lambda each: timedelta(minutes=each)))
def test_a_reminder_always_lies_ahead_and_comes_again(tariff: Tariff, walking: timedelta) -> None:
    """No reminder spins, and there is always a next one."""
    at = NOW
    for _ in range(6):
        following = remind_at(meter_of(tariff, at), at, walking=walking, pause=PAUSE)
        assert following > at
        at = following


# --- while it charges -------------------------------------------------------------------------------------------------


def test_a_rise_of_the_price_of_charging() -> None:
    """Energy that is dearer from six on, and time that costs after three hours: the first of both, then the other."""
    evening = TariffElement(
        (PriceComponent(ComponentType.energy, Decimal("0.7"), 1),), Restrictions(start_time=time(18), end_time=time(22))
    )
    blocking = TariffElement(
        (PriceComponent(ComponentType.time, Decimal(6), 60),), Restrictions(min_duration_seconds=4 * 3600)
    )
    tariff = a_tariff(evening, blocking)

    def rise(now: datetime) -> datetime | None:
        return next_price_rise(tariff, started_at=PLUGGED, now=now, energy_kwh=Decimal(5), time_zone=ZONE)

    assert rise(NOW) == datetime(2026, 3, 2, 17, tzinfo=UTC)
    assert rise(datetime(2026, 3, 2, 17, tzinfo=UTC)) == datetime(2026, 3, 2, 18, tzinfo=UTC)
    assert next_price_rise(a_tariff(), started_at=PLUGGED, now=NOW, energy_kwh=Decimal(5), time_zone=ZONE) is None

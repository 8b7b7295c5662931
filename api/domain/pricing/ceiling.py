"""The most that an accepted tariff allows a session to cost, where its price itself cannot be told.

A bill whose periods make no sense, or leave out the power that a tariff looks at, cannot be computed again; yet no
reading of the tariff makes a kWh dearer than its dearest kWh. Does not live here: the price proper (``price``).
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from api.domain.pricing.breakdown import CostBreakdown
from api.domain.pricing.periods import ChargingPeriod, Dimension
from api.domain.pricing.price import price
from api.domain.pricing.refused import PricingRefused
from api.domain.pricing.tariff import (
    ComponentType,
    DimensionType,
    PriceComponent,
    Restrictions,
    Tariff,
    TariffElement,
)
from api.domain.quantities import hours_to_seconds, seconds

ZERO = Decimal(0)
UTC_ZONE = "UTC"


def ceiling_of(
    tariff: Tariff,
    *,
    started_at: datetime,
    ended_at: datetime,
    energy_kwh: Decimal,
    time_hours: Decimal,
    parking_hours: Decimal,
) -> CostBreakdown:
    """Price the totals of a session with the dearest component of each kind; ``max_price`` still binds.

    ``time_hours`` is time in which energy flowed, ``parking_hours`` the rest; neither may be longer than the session
    lasted. Raises ``PricingRefused`` for totals that cannot be.
    """
    totals = {
        DimensionType.energy: energy_kwh,
        DimensionType.time: time_hours,
        DimensionType.parking_time: parking_hours,
    }
    stated = hours_to_seconds(time_hours) + hours_to_seconds(parking_hours)
    if stated > seconds(ended_at - started_at) + 1:
        raise PricingRefused("totals_exceed_session", hours=str(time_hours + parking_hours))
    period = ChargingPeriod(started_at, tuple(Dimension(kind, volume) for kind, volume in totals.items() if volume))
    return price(
        [period], dearest(tariff), time_zone=UTC_ZONE, ended_at=max(ended_at, started_at + timedelta(seconds=1))
    )


def dearest(tariff: Tariff) -> Tariff:
    """Return a tariff without restrictions that is nowhere cheaper than this one: its dearest price of each kind.

    Of equal prices the one with more tax counts. Its step is the largest of the kind, for a step can only add.
    """
    return replace(tariff, elements=(TariffElement(tuple(_dearest_components(tariff))),))


def _dearest_components(tariff: Tariff) -> Iterator[PriceComponent]:
    for kind in ComponentType:
        found = [
            component
            for element in tariff.elements
            if element.restrictions is None or element.restrictions.reservation is None
            for component in element.components
            if component.type is kind
        ]
        if found:
            most = max(found, key=lambda each: (each.price, each.vat or ZERO))
            yield replace(most, step_size=max(each.step_size for each in found))


def dearest_first(tariff: Tariff) -> Tariff:
    """Return a tariff that at each moment charges the dearest of what this one may, as far as that can be judged.

    Times, dates, energy and durations still restrict; power, current and what we do not know do not. As components are
    in the order of their prices, the first that matches is the dearest.
    """
    found = [
        (component, _judgeable(element.restrictions))
        for element in tariff.elements
        if element.restrictions is None or element.restrictions.reservation is None
        for component in element.components
    ]
    found.sort(key=lambda each: (each[0].price, each[0].vat or ZERO), reverse=True)
    return replace(tariff, elements=tuple(TariffElement((component,), rules) for component, rules in found))


def _judgeable(rules: Restrictions | None) -> Restrictions | None:
    if rules is None:
        return None
    return replace(rules, min_power=None, max_power=None, min_current=None, max_current=None, unknown=frozenset())

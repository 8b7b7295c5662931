"""A second engine for prices, written for clearness alone: fractions, no state, everything looked up anew each time.

It knows charging under one tariff: the choice of components, flat fees, steps, taxes and price limits. The product is
compared with it on many made-up sessions, so that what is done there for speed can be seen to change nothing.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from zoneinfo import ZoneInfo

from api.domain.pricing.periods import ChargingPeriod
from api.domain.pricing.select import Moment, applies
from api.domain.pricing.tariff import ComponentType, DimensionType, PriceComponent, Tariff, TaxIncluded

Amount = tuple[int, ComponentType, Fraction, Fraction | None]
"""Element, kind, amount before tax, tax (None: unknown)."""
KINDS = {
    ComponentType.energy: DimensionType.energy,
    ComponentType.time: DimensionType.time,
    ComponentType.parking_time: DimensionType.parking_time,
}


def reference_price(
    periods: Sequence[ChargingPeriod], tariff: Tariff, zone: str, ended_at: datetime
) -> tuple[list[Amount], Fraction, Fraction | None]:
    """Return the amounts in order of first use, and the sums before and after tax, limits left out."""
    lengths = [
        Fraction((b - a) // timedelta(microseconds=1), 10**6)
        for a, b in pairwise([*(each.starts_at for each in periods), ended_at])
    ]
    used: dict[tuple[int, ComponentType], Fraction] = {}
    order: list[tuple[int, ComponentType]] = []
    for index, period in enumerate(periods):
        for kind in (ComponentType.flat, *KINDS):
            quantity = _quantity(period, kind, lengths[index])
            done = kind is ComponentType.flat and any(each[1] is kind for each in used)
            element = _element(tariff, kind, periods, index, zone)
            if quantity and element is not None and not done:
                used[element, kind] = used.get((element, kind), Fraction(0)) + quantity
                order.append((element, kind))
    billed = {key: used[key] + extra for key, extra in _with_steps(tariff, used, order).items()}
    amounts = [_amount(tariff, element, kind, billed[element, kind]) for element, kind in used]
    net = sum((each[2] for each in amounts), Fraction(0))
    taxes = [each[3] for each in amounts]
    gross = None if None in taxes else net + sum((tax for tax in taxes if tax is not None), Fraction(0))
    return amounts, net, gross


def _quantity(period: ChargingPeriod, kind: ComponentType, length: Fraction) -> Fraction:
    """Return kWh or seconds of a period, seconds to the microsecond, or 1 for a fee.

    The one time of a period that misses its length by what four decimals of an hour leave open is its length.
    """
    if kind is ComponentType.flat:
        return Fraction(1)
    if kind is ComponentType.energy:
        return sum((Fraction(each.volume) for each in period.dimensions if each.type is KINDS[kind]), Fraction(0))
    stated = [each for each in period.dimensions if each.type is KINDS[kind]]
    others = [
        each for each in period.dimensions if each.type in set(KINDS.values()) - {DimensionType.energy, KINDS[kind]}
    ]
    seconds = sum((Fraction(round(Fraction(each.volume) * 3600 * 10**6), 10**6) for each in stated), Fraction(0))
    if stated and not others and abs(seconds - length) <= Fraction(18, 100):
        return length
    return seconds


def _element(
    tariff: Tariff, kind: ComponentType, periods: Sequence[ChargingPeriod], index: int, zone: str
) -> int | None:
    """Return the first element that prices a kind where a period begins."""
    at = periods[index].starts_at
    energy = sum((_quantity(each, ComponentType.energy, Fraction(0)) for each in periods[:index]), Fraction(0))
    moment = _moment(at, at - periods[0].starts_at, energy, zone)
    for number, element in enumerate(tariff.elements):
        priced = any(each.type is kind for each in element.components)
        if priced and (element.restrictions is None or applies(element.restrictions, moment)):
            return number
    return None


def _moment(at: datetime, elapsed: timedelta, energy: Fraction, zone: str) -> Moment:
    return Moment(at.astimezone(ZoneInfo(zone)), elapsed, energy)  # type: ignore[arg-type]  # only compared


def _component(tariff: Tariff, element: int, kind: ComponentType) -> PriceComponent:
    return next(each for each in tariff.elements[element].components if each.type is kind)


def _with_steps(
    tariff: Tariff, used: dict[tuple[int, ComponentType], Fraction], order: Sequence[tuple[int, ComponentType]]
) -> dict[tuple[int, ComponentType], Fraction]:
    """Return what rounding up adds: once for energy, once for time, of which only parking where there is any."""
    extra = dict.fromkeys(used, Fraction(0))
    kinds = {kind for _, kind in used}
    timed = ComponentType.parking_time if ComponentType.parking_time in kinds else ComponentType.time
    for kind in kinds & {ComponentType.energy, timed}:
        last = [each for each in order if each[1] is kind][-1]
        step = _component(tariff, *last).step_size
        total = sum((quantity for each, quantity in used.items() if each[1] is kind), Fraction(0))
        if step and kind is ComponentType.energy:
            extra[last] = Fraction(ceil(total * 1000 / step) * step, 1000) - total
        elif step:
            extra[last] = ceil(Fraction(floor(total + Fraction(1, 2)), step)) * step - total
    return extra


def _amount(tariff: Tariff, element: int, kind: ComponentType, billed: Fraction) -> Amount:
    component = _component(tariff, element, kind)
    hourly = kind in {ComponentType.time, ComponentType.parking_time}
    stated = Fraction(component.price) * (billed / 3600 if hourly else billed)
    if tariff.tax_included is TaxIncluded.not_applicable or (not stated and component.vat is None):
        return element, kind, stated, Fraction(0)
    if component.vat is None:
        return element, kind, stated, None
    rate = Fraction(component.vat) / 100
    net = stated / (1 + rate) if tariff.tax_included is TaxIncluded.yes else stated
    return element, kind, net, net * rate

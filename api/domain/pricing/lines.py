"""From used quantities to priced lines: the ``step_size`` rule, the amount before tax and the tax of each line.

2.3.0 chapter 10, ``step_size``: once per session for ENERGY and once for TIME and PARKING_TIME together; when both
are charged only the parking total is rounded; the last relevant component lends its step and takes the difference.
"""

from collections.abc import Iterator
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

from api.domain.pricing.breakdown import HOURS, KWH, SESSION, PriceLine
from api.domain.pricing.tariff import ComponentType, TaxIncluded
from api.domain.pricing.usage import Usage, Use
from api.domain.quantities import SECONDS_PER_HOUR

ZERO = Decimal(0)
HUNDRED = Decimal(100)
WH_PER_KWH = Decimal(1000)
_ENERGY, _TIME, _PARKING = ComponentType.energy, ComponentType.time, ComponentType.parking_time


def lines_of(usage: Usage) -> tuple[PriceLine, ...]:
    """Return one explained line per component used, in order of first use."""
    extra = {id(use): added for use, added in _steps(usage)}
    return tuple(_line(use, use.quantity + extra.get(id(use), ZERO)) for use in usage.uses.values())


def rounded_up_energy(kwh: Decimal, step_size: int) -> Decimal:
    """Round energy up to whole steps of ``step_size`` Wh, as the tariff demands; 0 is no rounding."""
    if step_size <= 0:
        return kwh
    return _up(kwh * WH_PER_KWH / step_size) * step_size / WH_PER_KWH


def rounded_up_seconds(seconds: Decimal, step_size: int) -> Decimal:
    """Round time up to whole steps of ``step_size`` seconds; 0 is no rounding.

    The time is first taken to the nearest second: volumes in decimal hours carry the four decimals of an OCPI number,
    which can miss a whole second by 0.18 s, and nobody may be billed a step for that.
    """
    if step_size <= 0:
        return seconds
    return _up(seconds.quantize(Decimal(1), rounding=ROUND_HALF_UP) / step_size) * step_size


def _up(steps: Decimal) -> Decimal:
    return steps.to_integral_value(rounding=ROUND_CEILING)


def _steps(usage: Usage) -> Iterator[tuple[Use, Decimal]]:
    """Yield the uses that take a rounding difference, with the kWh or seconds added to each.

    A switch to another tariff ends rounding: only the tariff of the last relevant component is rounded.
    """
    last, totals = _lasts_and_totals(usage)
    energy = last.get((_ENERGY, False))
    if energy is not None:
        total = totals[_ENERGY, False, energy.tariff.id]
        yield energy, rounded_up_energy(total, energy.candidate.component.step_size) - total
    for reserving in (False, True):
        charging, parking = last.get((_TIME, reserving)), last.get((_PARKING, reserving))
        timed = _later(charging, parking)
        if timed is None:
            continue
        # Where both are charged, charging time is followed by another time and only parking is rounded.
        if parking is not None and not reserving and parking.tariff.id == timed.tariff.id:
            timed = parking
        total = totals[timed.type, reserving, timed.tariff.id]
        yield timed, rounded_up_seconds(total, timed.candidate.component.step_size) - total


def _lasts_and_totals(
    usage: Usage,
) -> tuple[dict[tuple[ComponentType, bool], Use], dict[tuple[ComponentType, bool, str], Decimal]]:
    """Return the last use of each kind, and what was used of each kind under each tariff."""
    last: dict[tuple[ComponentType, bool], Use] = {}
    totals: dict[tuple[ComponentType, bool, str], Decimal] = {}
    for use in usage.uses.values():
        kind = use.candidate.component.type, use.reserving
        before = last.get(kind)
        if before is None or before.order < use.order:
            last[kind] = use
        total = *kind, use.tariff.id
        totals[total] = totals.get(total, ZERO) + use.quantity
    return last, totals


def _later(one: Use | None, other: Use | None) -> Use | None:
    if one is None or other is None:
        return one or other
    return one if one.order > other.order else other


def _line(use: Use, billed: Decimal) -> PriceLine:
    component, quantity, shown = use.candidate.component, use.quantity, billed
    type_, price = component.type, component.price
    stated = price * billed
    if type_ is _TIME or type_ is _PARKING:
        unit, quantity, shown = HOURS, quantity / SECONDS_PER_HOUR, billed / SECONDS_PER_HOUR
        stated /= SECONDS_PER_HOUR
    else:
        unit = KWH if type_ is _ENERGY else SESSION
    amount, vat, tax, flags = taxed(stated, component.vat, use.tariff.tax_included)
    if use.doubtful:
        flags += ("restriction_not_evaluable",)
    if use.reserving:
        flags += ("reservation",)
    return PriceLine(
        use.tariff.id,
        use.candidate.element_index,
        type_,
        quantity,
        unit,
        price,
        component.step_size,
        shown,
        amount,
        vat,
        tax,
        flags,
    )


def taxed(
    stated: Decimal, vat: Decimal | None, included: TaxIncluded
) -> tuple[Decimal, Decimal | None, Decimal | None, tuple[str, ...]]:
    """Split a stated amount into (before tax, rate, tax, flags). Nothing of nothing is no tax, whatever the rate."""
    if included is TaxIncluded.not_applicable:
        return stated, None, ZERO, ()
    if included is TaxIncluded.no:
        tax = ZERO if not stated else None if vat is None else stated * vat / HUNDRED
        return stated, vat, tax, ()
    if vat is not None:
        net = stated * HUNDRED / (HUNDRED + vat)
        return net, vat, stated - net, ("price_includes_tax",)
    if not stated:
        return stated, None, ZERO, ("price_includes_tax",)
    return stated, None, None, ("price_includes_tax", "tax_inside_unknown")

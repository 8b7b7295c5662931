"""How much to hold on the driver's card before a charge starts.

The charge is planned and priced as it would be billed, plus some time plugged in afterwards, plus a margin: a small car
needs a small hold. Where the charge or its price is not known, a rule decides (``hold_rule``). Does not live here:
planning the charge (``vehicle``), placing the hold (``services/payments``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from api.domain.errors import Refused
from api.domain.money import CurrencyMismatch, Money, smallest_charge_minor, to_minor_ceiling
from api.domain.pricing.breakdown import LIMIT_ELEMENT, SESSION, CostBreakdown, PriceLine
from api.domain.pricing.hold_rule import HoldRule, rounded_up
from api.domain.pricing.periods import Reading, cut_into_periods
from api.domain.pricing.price import price
from api.domain.pricing.retail import RetailRule, driver_price
from api.domain.pricing.tariff import ComponentType, Tariff, TaxIncluded
from api.domain.pricing.vehicle import ChargingPlan

ZERO = Decimal(0)
ONE = Decimal(1)
HUNDRED = Decimal(100)
# What an estimate misses: the losses between meter and battery (some 10 % on AC), a cold battery that charges more
# slowly where time is billed, and the steps in which operators round. Beyond it the charge is stopped at the hold.
MARGIN_PERCENT = Decimal(20)


class DriverCapTooLow(Refused):
    """The driver's own limit is below the least that can be held, so no charge fits in it."""

    def __init__(self, cap: Money, least: Money) -> None:
        """Name both amounts."""
        super().__init__("driver_cap_too_low", cap=cap, least=least)


@dataclass(frozen=True, slots=True)
class HoldPart:
    """What one part of the estimated charge adds to the hold, in major units, exact, tax included where known."""

    kind: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class HoldSizing:
    """The amount to hold and why, with the estimated price and its parts (before the margin) where there is one.

    ``reason``: ``rule``, ``price_unknown``, ``estimate``, ``max_price`` (it cannot cost more), ``minimum`` or
    ``driver_cap``; with the last one ``estimate`` may be more than ``amount``, and the charge will stop early.
    """

    amount: Money
    reason: str
    components: tuple[HoldPart, ...] = ()
    estimate: Money | None = None


def size_hold(
    *,
    rule: HoldRule,
    tariff: Tariff | None,
    plan: ChargingPlan | None,
    idle_allowance_seconds: int,
    time_zone: str,
    starts_at: datetime,
    retail: RetailRule,
    driver_cap: Money | None = None,
) -> HoldSizing:
    """Size the hold, in the rule's currency.

    A plan that charges is priced with ``idle_allowance_seconds`` plugged in after it, as ``retail`` sells it. Without
    one, without a tariff, or when its tax is unknown to all, the rule's default counts, or the net estimate if that is
    more; a rule chosen for the charger counts in any case. Raises ``CurrencyMismatch`` when tariff or cap are in
    another currency, and ``DriverCapTooLow``.
    """
    default = rounded_up(Money(rule.default_minor, rule.currency), smallest_charge_minor(rule.currency))
    sizing = HoldSizing(default, "rule" if tariff is not None else "price_unknown")
    if tariff is not None:
        if tariff.currency != rule.currency:
            raise CurrencyMismatch(rule.currency, tariff.currency)
        if plan is not None and plan.stretches and not rule.chosen:
            idle = timedelta(seconds=idle_allowance_seconds)
            readings = plan.readings(starts_at)
            stay = readings[-1].at + idle - starts_at
            sizing = _estimated(_planned_cost(tariff, readings, idle, time_zone), retail, stay, rule, sizing)
        dearest = _dearest(tariff, retail)
        if dearest is not None and dearest < sizing.amount:
            sizing = replace(sizing, amount=dearest, reason="max_price")
    least = Money(rule.min_minor, rule.currency)
    if sizing.amount < least:
        sizing = replace(sizing, amount=least, reason="minimum")
    return sizing if driver_cap is None else _capped(sizing, driver_cap, least)


def _planned_cost(tariff: Tariff, readings: Sequence[Reading], idle: timedelta, time_zone: str) -> CostBreakdown:
    ended_at = readings[-1].at + idle
    return price(
        cut_into_periods(readings, ended_at, tariff, time_zone), tariff, time_zone=time_zone, ended_at=ended_at
    )


def _estimated(
    cost: CostBreakdown, retail: RetailRule, stay: timedelta, rule: HoldRule, default: HoldSizing
) -> HoldSizing:
    sold = driver_price(cost, retail, stay_seconds=int(stay.total_seconds()))
    parts = tuple(HoldPart(each.kind, each.net if each.gross is None else each.gross) for each in sold.lines)
    with_margin = sold.gross_exact * (HUNDRED + MARGIN_PERCENT) / HUNDRED
    amount = rounded_up(to_minor_ceiling(with_margin, cost.currency), rule.step_minor)
    if sold.vat is None and cost.incl_vat is None and amount < default.amount:
        return replace(default, components=parts, estimate=sold.total)
    return HoldSizing(amount, "estimate", parts, sold.total)


def _capped(sizing: HoldSizing, cap: Money, least: Money) -> HoldSizing:
    """Keep within the driver's own limit, in an amount that the processor takes."""
    if cap < least:
        raise DriverCapTooLow(cap, least)
    if not cap < sizing.amount:
        return sizing
    step = smallest_charge_minor(cap.currency)
    return replace(sizing, amount=Money(cap.minor // step * step, cap.currency), reason="driver_cap")


def _dearest(tariff: Tariff, retail: RetailRule) -> Money | None:
    """Return the most that a charge can cost the driver; ``None`` without a limit, or where its tax is unknown.

    A fee of ours by the minute knows no limit.
    """
    gross = None if retail.minute_fee else _limit_with_tax(tariff, retail)
    if gross is None:
        return None
    flags = ("max_price",)
    limit = PriceLine(
        tariff.id, LIMIT_ELEMENT, ComponentType.flat, ONE, SESSION, gross, 0, ONE, gross, None, ZERO, flags
    )
    without_free_minutes = replace(retail, free_minutes=0)
    sold = driver_price(CostBreakdown(tariff.currency, (limit,), gross, gross), without_free_minutes)
    return to_minor_ceiling(sold.gross_exact, tariff.currency)


def _limit_with_tax(tariff: Tariff, retail: RetailRule) -> Decimal | None:
    """Return ``max_price`` with tax; one before tax bounds the driver only where all that costs has one known rate."""
    most, included = tariff.max_price, tariff.tax_included
    if most is None:
        return None
    if included is TaxIncluded.not_applicable:
        return most.before_taxes if most.after_taxes is None else most.after_taxes
    stated = {each.vat for element in tariff.elements for each in element.components if each.price}
    if most.after_taxes is not None and (included is TaxIncluded.yes or None not in stated):
        return most.after_taxes
    if included is TaxIncluded.yes and None in stated:
        return None  # prices with an unknown tax inside cannot be compared with a bound before tax
    rates = {retail.vat_percent if vat is None else vat for vat in stated} or {ZERO}
    rate = rates.pop()
    if rates or rate is None:
        return None
    taxed = most.before_taxes * (HUNDRED + rate) / HUNDRED
    return taxed if most.after_taxes is None else max(taxed, most.after_taxes)

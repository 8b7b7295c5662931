"""How much to hold on the driver's card before a charge starts.

A rule (50.00 of the currency unless an EVSE or network says otherwise) decides, unless the caller knows how much
energy the car can take: then the tariff is priced for that charge and the hold fits it. The driver's own cap always
wins, and every rounding is up. Does not live here: which rule applies, placing the hold (``services/payments``).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from api.domain.money import CurrencyMismatch, Money, to_minor_ceiling
from api.domain.pricing.breakdown import CostBreakdown
from api.domain.pricing.periods import Reading, cut_into_periods
from api.domain.pricing.price import price
from api.domain.pricing.retail import RetailRule, driver_price
from api.domain.pricing.tariff import Tariff
from api.domain.quantities import seconds

ZERO = Decimal(0)
# When the caller does not say how long charging takes: the power of a common AC post.
ASSUMED_POWER_KW = Decimal(11)


@dataclass(frozen=True, slots=True)
class HoldRule:
    """The hold for a charger: ``default_minor`` when the charge cannot be estimated, and never less than the minimum.

    The caller resolves EVSE over network over currency, so that one rule arrives here.
    """

    currency: str
    default_minor: int = 5000
    min_minor: int = 0


@dataclass(frozen=True, slots=True)
class HoldPart:
    """What one part of the estimated charge adds to the hold, in major units, exact, tax included where known."""

    kind: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class HoldSizing:
    """The amount to hold and why: ``rule``, ``price_unknown``, ``estimate``, ``minimum`` or ``driver_cap``."""

    amount: Money
    reason: str
    components: tuple[HoldPart, ...] = ()


def hold_amount(
    *,
    rule: HoldRule,
    tariff: Tariff | None,
    energy_cap_kwh: Decimal | None,
    idle_allowance_seconds: int,
    time_zone: str,
    starts_at: datetime,
    driver_cap: Money | None,
    charging_seconds: int | None = None,
    retail: RetailRule | None = None,
) -> HoldSizing:
    """Size the hold, in the rule's currency.

    With ``energy_cap_kwh`` the tariff (its ``max_price`` included) is priced for that much energy over
    ``charging_seconds`` (else at 11 kW), then ``idle_allowance_seconds`` plugged in, as ``retail`` sells it. Without
    it, or when there is no tariff or its tax is unknown to all, the rule's default counts, or the net estimate if that
    is more. Raises ``CurrencyMismatch`` when tariff or cap are in another currency than the rule.
    """
    sizing = HoldSizing(Money(rule.default_minor, rule.currency), "rule" if tariff is not None else "price_unknown")
    if tariff is not None:
        if tariff.currency != rule.currency:
            raise CurrencyMismatch(rule.currency, tariff.currency)
        if energy_cap_kwh is not None:
            length = _length(energy_cap_kwh, charging_seconds)
            cost = _planned_cost(tariff, energy_cap_kwh, length, idle_allowance_seconds, time_zone, starts_at)
            stay = seconds(length) + idle_allowance_seconds
            sizing = _estimate(cost, retail or RetailRule(), int(stay), sizing)
    least = Money(rule.min_minor, rule.currency)
    if sizing.amount < least:
        sizing = HoldSizing(least, "minimum", sizing.components)
    if driver_cap is not None and driver_cap < sizing.amount:
        sizing = HoldSizing(driver_cap, "driver_cap", sizing.components)
    return sizing


def _length(energy_cap_kwh: Decimal, charging_seconds: int | None) -> timedelta:
    """Return how long charging takes, in whole seconds and at least one."""
    needed = charging_seconds if charging_seconds is not None else int(energy_cap_kwh / ASSUMED_POWER_KW * 3600)
    return timedelta(seconds=max(needed, 1))


def _planned_cost(
    tariff: Tariff, energy_kwh: Decimal, length: timedelta, idle_seconds: int, time_zone: str, starts_at: datetime
) -> CostBreakdown:
    power = energy_kwh * 3600 / seconds(length)
    full_at = starts_at + length
    ended_at = full_at + timedelta(seconds=idle_seconds)
    readings = (Reading(starts_at, ZERO, charging=True, power_kw=power), Reading(full_at, energy_kwh, charging=False))
    periods = cut_into_periods(readings, ended_at, tariff, time_zone)
    return price(periods, tariff, time_zone=time_zone, ended_at=ended_at)


def _estimate(cost: CostBreakdown, retail: RetailRule, stay_seconds: int, default: HoldSizing) -> HoldSizing:
    sold = driver_price(cost, retail, stay_seconds=stay_seconds)
    parts = tuple(HoldPart(each.kind, each.net if each.gross is None else each.gross) for each in sold.lines)
    amount = to_minor_ceiling(sold.gross_exact, cost.currency)
    if sold.vat is None and cost.incl_vat is None and amount < default.amount:
        return HoldSizing(default.amount, default.reason, parts)
    return HoldSizing(amount, "estimate", parts)

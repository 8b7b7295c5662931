"""What a kWh, an hour, a minute or a session costs the driver: the partner's price with our markup and its tax.

One answer for the quote, for lists and maps, and for what staying plugged costs. Does not live here: which component
applies when (``select``), the price of a whole session (``retail``).
"""

from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from api.domain.pricing.breakdown import HOURS, KWH, SESSION, CostBreakdown, PriceLine
from api.domain.pricing.lines import taxed
from api.domain.pricing.retail import DriverLine, RetailRule, driver_price
from api.domain.pricing.tariff import ComponentType, PriceComponent, Tariff

ZERO = Decimal(0)
ONE = Decimal(1)
UNITS = {
    ComponentType.energy: KWH,
    ComponentType.time: HOURS,
    ComponentType.parking_time: HOURS,
    ComponentType.flat: SESSION,
}
_MINUTES_PER_HOUR = 60
_SECONDS_PER_MINUTE = 60
_FINEST = Decimal("0.000001")


def minute_of(per_hour: Decimal) -> Decimal:
    """Round the price of a minute to a millionth, half up, to show beside the hour's, which is what is billed.

    Reason: the law wants prices of time shown by the minute (AFIR Art. 5), and a sixtieth may have no end.
    """
    return (per_hour / _MINUTES_PER_HOUR).quantize(_FINEST, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class UnitPrice:
    """What the driver pays for one unit, exact: before tax, the tax's rate, and with it.

    ``net`` is ``None`` where a tax of unknown rate is inside, ``gross`` where one comes on top; never both. Without a
    rate both may still be known and equal: then no tax applies, or there is nothing to tax.
    """

    net: Decimal | None
    vat_percent: Decimal | None
    gross: Decimal | None

    @property
    def known(self) -> Decimal:
        """Return what is known to be paid: with tax, else before a tax that nobody knows."""
        return self.gross if self.gross is not None else self.net or ZERO

    def times(self, count: int) -> "UnitPrice":
        """Return the price of several units."""
        net, gross = self.net, self.gross
        return UnitPrice(
            None if net is None else net * count, self.vat_percent, None if gross is None else gross * count
        )

    def per_minute(self) -> "UnitPrice":
        """Return the price of a minute of an hour's price, to show beside it."""
        net, gross = self.net, self.gross
        return UnitPrice(
            None if net is None else minute_of(net), self.vat_percent, None if gross is None else minute_of(gross)
        )


def unit_line(tariff: Tariff, component: PriceComponent) -> PriceLine:
    """Return the partner's line for one unit of a component."""
    stated, unit = component.price, UNITS[component.type]
    amount, vat, tax, flags = taxed(stated, component.vat, tariff.tax_included)
    return PriceLine(tariff.id, 0, component.type, ONE, unit, stated, component.step_size, ONE, amount, vat, tax, flags)


def unit_price(tariff: Tariff, component: PriceComponent, retail: RetailRule) -> UnitPrice:
    """Return what the driver pays for one unit of a partner's component, our fees not among it."""
    line = unit_line(tariff, component)
    (sold,) = _sold(tariff.currency, (line,), without_fees(retail))
    return _as_far_as_known(sold, inside="tax_inside_unknown" in line.flags)


def session_fee_price(currency: str, retail: RetailRule) -> UnitPrice | None:
    """Return our fee for a session that owes it; ``None`` without one."""
    return _fee(currency, replace(retail, minute_fee=ZERO, free_minutes=0))


def minute_fee_price(currency: str, retail: RetailRule) -> UnitPrice | None:
    """Return our fee for a started minute after the free ones; ``None`` without one."""
    return _fee(currency, replace(retail, session_fee=None, free_minutes=0))


def without_fees(retail: RetailRule) -> RetailRule:
    """Return what a rule does to the partner's own prices."""
    return replace(retail, session_fee=None, minute_fee=ZERO)


def _fee(currency: str, retail: RetailRule) -> UnitPrice | None:
    lines = _sold(currency, (), retail, stay_seconds=_SECONDS_PER_MINUTE)
    return _as_far_as_known(lines[0], inside=True) if lines else None


def _sold(
    currency: str, lines: tuple[PriceLine, ...], retail: RetailRule, stay_seconds: int = 0
) -> tuple[DriverLine, ...]:
    amount = sum((line.amount for line in lines), ZERO)
    return driver_price(CostBreakdown(currency, lines, amount, None), retail, stay_seconds=stay_seconds).lines


def _as_far_as_known(sold: DriverLine, *, inside: bool) -> UnitPrice:
    """Return a line's amounts; one whose tax is unknown is net, or gross where that tax is ``inside``."""
    if sold.gross is not None:
        return UnitPrice(sold.net, sold.vat_percent, sold.gross)
    return UnitPrice(None, None, sold.net) if inside else UnitPrice(sold.net, None, None)

"""Small builders for tariffs, periods and readings of the pricing tests: valid by default, one override a test."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from api.domain.pricing.periods import ChargingPeriod, Dimension, Reading
from api.domain.pricing.tariff import (
    ComponentType,
    DimensionType,
    PriceComponent,
    PriceLimit,
    Restrictions,
    Tariff,
    TariffElement,
    TaxIncluded,
)

BERLIN = "Europe/Berlin"
START = datetime(2026, 5, 4, 10, tzinfo=UTC)  # a Monday, noon in Berlin


def component(type_: ComponentType, price: str, *, step: int = 1, vat: str | None = "20") -> PriceComponent:
    """Return a price component; ``vat`` 20 % unless told."""
    return PriceComponent(type_, Decimal(price), step, None if vat is None else Decimal(vat))


def energy(price: str, *, step: int = 1, vat: str | None = "20") -> PriceComponent:
    """Return a price per kWh."""
    return component(ComponentType.energy, price, step=step, vat=vat)


def charging(price: str, *, step: int = 1, vat: str | None = "20") -> PriceComponent:
    """Return a price per hour of charging."""
    return component(ComponentType.time, price, step=step, vat=vat)


def parking(price: str, *, step: int = 1, vat: str | None = "20") -> PriceComponent:
    """Return a price per hour plugged in without charging."""
    return component(ComponentType.parking_time, price, step=step, vat=vat)


def flat(price: str, *, vat: str | None = "20") -> PriceComponent:
    """Return a fee once per session."""
    return component(ComponentType.flat, price, vat=vat)


def element(*components: PriceComponent, when: Restrictions | None = None) -> TariffElement:
    """Return a tariff element."""
    return TariffElement(components, when)


def tariff(
    *elements: TariffElement,
    id_: str = "T1",
    currency: str = "EUR",
    least: PriceLimit | None = None,
    most: PriceLimit | None = None,
    tax: TaxIncluded = TaxIncluded.no,
) -> Tariff:
    """Return a tariff in euro, prices before tax."""
    return Tariff(id_, currency, elements, min_price=least, max_price=most, tax_included=tax)


def period(at: datetime = START, tariff_id: str | None = None, **volumes: str) -> ChargingPeriod:
    """Return a charging period with volumes by dimension name."""
    return ChargingPeriod(
        at, tuple(Dimension(DimensionType(name), Decimal(volume)) for name, volume in volumes.items()), tariff_id
    )


def reading(minutes: int, kwh: str, *, charging: bool = True) -> Reading:
    """Return a meter reading some minutes after the start."""
    return Reading(START + timedelta(minutes=minutes), Decimal(kwh), charging=charging)

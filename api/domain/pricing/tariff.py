"""The tariff, free of any OCPI version and shaped like 2.3.0 (chapter 11, Tariffs).

Lives here: what a tariff says. Does not live here: what it costs (``price``), how it is stored (``snapshot``), and the
wire shapes of each version (``clients/ocpi``). Prices are exact ``Decimal`` in major units of the tariff's currency.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum


class DimensionType(StrEnum):
    """What a charging period measures (2.3.0 chapter 10, CdrDimensionType; ``flat`` is from 2.1.1)."""

    energy = "energy"
    time = "time"
    parking_time = "parking_time"
    flat = "flat"
    reservation_time = "reservation_time"
    max_current = "max_current"
    min_current = "min_current"
    max_power = "max_power"
    min_power = "min_power"
    current = "current"
    power = "power"
    energy_import = "energy_import"
    energy_export = "energy_export"
    state_of_charge = "state_of_charge"


class ComponentType(StrEnum):
    """What a price component charges for (TariffDimensionType)."""

    energy = "energy"
    time = "time"
    parking_time = "parking_time"
    flat = "flat"


class TaxIncluded(StrEnum):
    """Whether the prices of a tariff contain tax; before 2.3.0 always ``no``."""

    yes = "yes"
    no = "no"
    not_applicable = "not_applicable"


RESERVATION = "reservation"
RESERVATION_EXPIRES = "reservation_expires"


@dataclass(frozen=True, slots=True)
class PriceComponent:
    """One price: per kWh, per hour or once. ``step_size`` in Wh or seconds; ``vat`` in percent, ``None`` is unknown."""

    type: ComponentType
    price: Decimal
    step_size: int
    vat: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Restrictions:
    """When an element applies. Times and dates are local to the charger; ``min_*`` inclusive, ``max_*`` exclusive.

    kWh and seconds count from the start of the session; current is in A over all phases, power in kW.
    ``days_of_week`` holds ISO weekdays (Monday 1), empty for every day. ``reservation`` is ``reservation``,
    ``reservation_expires`` or ``None``. ``unknown`` names restrictions that we do not know: nobody can judge them.
    """

    start_time: time | None = None
    end_time: time | None = None
    start_date: date | None = None
    end_date: date | None = None
    min_kwh: Decimal | None = None
    max_kwh: Decimal | None = None
    min_current: Decimal | None = None
    max_current: Decimal | None = None
    min_power: Decimal | None = None
    max_power: Decimal | None = None
    min_duration_seconds: int | None = None
    max_duration_seconds: int | None = None
    days_of_week: frozenset[int] = frozenset()
    reservation: str | None = None
    unknown: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TariffElement:
    """Components that apply under the same restrictions; ``None`` applies always."""

    components: tuple[PriceComponent, ...]
    restrictions: Restrictions | None = None


@dataclass(frozen=True, slots=True)
class PriceLimit:
    """A bound on the whole session, in major units, binding separately before and after tax."""

    before_taxes: Decimal
    after_taxes: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Tariff:
    """A partner's tariff. ``texts`` are (language, text) pairs; ``starts_at`` to ``ends_at`` is its validity (UTC)."""

    id: str
    currency: str
    elements: tuple[TariffElement, ...]
    country_code: str = ""
    party_id: str = ""
    type: str | None = None
    min_price: PriceLimit | None = None
    max_price: PriceLimit | None = None
    tax_included: TaxIncluded = TaxIncluded.no
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    texts: tuple[tuple[str, str], ...] = ()
    url: str | None = None
    last_updated: datetime | None = None


def is_valid(tariff: Tariff, at: datetime) -> bool:
    """Say whether a tariff counts for a session that starts at a moment; its end is exclusive."""
    return (tariff.starts_at is None or tariff.starts_at <= at) and (tariff.ends_at is None or at < tariff.ends_at)


def is_priced(tariff: Tariff) -> bool:
    """Say whether a tariff tells any price in numbers; else it tells it in words, if at all."""
    return any(element.components for element in tariff.elements)

"""Read a tariff and periods in the JSON shape of OCPI 2.2.1 and 2.3.0 into the domain, for checking against sums.

Written for the tests alone, apart from the codecs of the product, so that a mapping mistake cannot agree with itself.
"""

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from api.domain.pricing.periods import ChargingPeriod, Dimension
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

WEEK = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
TAX = {"YES": TaxIncluded.yes, "NO": TaxIncluded.no, "N/A": TaxIncluded.not_applicable}


def read_tariff(raw: Mapping[str, Any]) -> Tariff:
    """Return the tariff of an OCPI object parsed with ``parse_float=Decimal``."""
    return Tariff(
        raw["id"],
        raw["currency"],
        tuple(TariffElement(_components(each), _restrictions(each.get("restrictions"))) for each in raw["elements"]),
        min_price=_limit(raw.get("min_price")),
        max_price=_limit(raw.get("max_price")),
        tax_included=TAX[raw.get("tax_included", "NO")],
    )


def read_periods(raw: list[Mapping[str, Any]]) -> tuple[ChargingPeriod, ...]:
    """Return the charging periods of an OCPI session or CDR."""
    return tuple(
        ChargingPeriod(
            datetime.fromisoformat(each["start_date_time"]),
            tuple(Dimension(DimensionType[d["type"].lower()], Decimal(d["volume"])) for d in each["dimensions"]),
            each.get("tariff_id"),
        )
        for each in raw
    )


def _components(element: Mapping[str, Any]) -> tuple[PriceComponent, ...]:
    return tuple(
        PriceComponent(
            ComponentType[each["type"].lower()],
            Decimal(each["price"]),
            each["step_size"],
            None if each.get("vat") is None else Decimal(each["vat"]),
        )
        for each in element["price_components"]
    )


def _limit(raw: Mapping[str, Any] | None) -> PriceLimit | None:
    if raw is None:
        return None
    before, after = raw.get("before_taxes", raw.get("excl_vat")), raw.get("after_taxes", raw.get("incl_vat"))
    return PriceLimit(Decimal(before), None if after is None else Decimal(after))


def _restrictions(raw: Mapping[str, Any] | None) -> Restrictions | None:
    if not raw:
        return None

    def number(name: str) -> Decimal | None:
        return Decimal(raw[name]) if name in raw else None

    def clock(name: str) -> time | None:
        return time.fromisoformat(raw[name]) if name in raw else None

    def day(name: str) -> date | None:
        return date.fromisoformat(raw[name]) if name in raw else None

    return Restrictions(
        clock("start_time"),
        clock("end_time"),
        day("start_date"),
        day("end_date"),
        number("min_kwh"),
        number("max_kwh"),
        number("min_current"),
        number("max_current"),
        number("min_power"),
        number("max_power"),
        raw.get("min_duration"),
        raw.get("max_duration"),
        frozenset(WEEK.index(each) + 1 for each in raw.get("day_of_week", ())),
        raw["reservation"].lower() if "reservation" in raw else None,
    )

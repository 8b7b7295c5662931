"""A tariff as plain JSON and back, exactly: the snapshot that is stored with each session at its start.

Our own shape, not OCPI's: decimals and dates as strings, field names as in ``tariff``. Does not live here: the wire
shapes of OCPI (``clients/ocpi``).
"""

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from api.domain.pricing.refused import PricingRefused
from api.domain.pricing.tariff import (
    ComponentType,
    PriceComponent,
    PriceLimit,
    Restrictions,
    Tariff,
    TariffElement,
    TaxIncluded,
)

_DECIMALS = frozenset(
    {"min_kwh", "max_kwh", "min_current", "max_current", "min_power", "max_power", "price", "vat"}
)  # kept as strings, so that no JSON reader makes a binary fraction of them
_READERS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(_DECIMALS, Decimal),
    "start_time": time.fromisoformat,
    "end_time": time.fromisoformat,
    "start_date": date.fromisoformat,
    "end_date": date.fromisoformat,
    "days_of_week": frozenset,
    "unknown": frozenset,
}


def tariff_to_json(tariff: Tariff) -> dict[str, Any]:
    """Return the tariff as a dict of JSON values; ``tariff_from_json`` gives back an equal tariff."""
    return {
        "id": tariff.id,
        "currency": tariff.currency,
        "country_code": tariff.country_code,
        "party_id": tariff.party_id,
        "type": tariff.type,
        "elements": [_element_to_json(each) for each in tariff.elements],
        "min_price": _limit_to_json(tariff.min_price),
        "max_price": _limit_to_json(tariff.max_price),
        "tax_included": tariff.tax_included.value,
        "starts_at": _iso(tariff.starts_at),
        "ends_at": _iso(tariff.ends_at),
        "texts": [list(each) for each in tariff.texts],
        "url": tariff.url,
        "last_updated": _iso(tariff.last_updated),
    }


def tariff_from_json(raw: Mapping[str, Any]) -> Tariff:
    """Return the tariff of a snapshot. Raises ``PricingRefused("snapshot_invalid")``."""
    try:
        return Tariff(
            id=raw["id"],
            currency=raw["currency"],
            elements=tuple(_element_from_json(each) for each in raw["elements"]),
            country_code=raw.get("country_code", ""),
            party_id=raw.get("party_id", ""),
            type=raw.get("type"),
            min_price=_limit_from_json(raw.get("min_price")),
            max_price=_limit_from_json(raw.get("max_price")),
            tax_included=TaxIncluded(raw.get("tax_included", "no")),
            starts_at=_instant(raw.get("starts_at")),
            ends_at=_instant(raw.get("ends_at")),
            texts=tuple((language, text) for language, text in raw.get("texts", ())),
            url=raw.get("url"),
            last_updated=_instant(raw.get("last_updated")),
        )
    except (KeyError, TypeError, ValueError, InvalidOperation) as wrong:
        raise PricingRefused("snapshot_invalid", problem=repr(wrong)) from wrong


def _element_to_json(element: TariffElement) -> dict[str, Any]:
    return {
        "components": [
            {
                "type": each.type.value,
                "price": str(each.price),
                "step_size": each.step_size,
                "vat": None if each.vat is None else str(each.vat),
            }
            for each in element.components
        ],
        "restrictions": None if element.restrictions is None else _restrictions_to_json(element.restrictions),
    }


def _restrictions_to_json(rules: Restrictions) -> dict[str, Any]:
    """Return only what is set: most restrictions are empty and a snapshot is stored with every session."""
    set_fields = {each.name: getattr(rules, each.name) for each in fields(rules)}
    return {name: _plain(value) for name, value in set_fields.items() if value is not None and value != frozenset()}


def _plain(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _element_from_json(raw: Mapping[str, Any]) -> TariffElement:
    components = tuple(
        PriceComponent(
            ComponentType(each["type"]),
            Decimal(each["price"]),
            int(each["step_size"]),
            None if each.get("vat") is None else Decimal(each["vat"]),
        )
        for each in raw["components"]
    )
    rules = raw.get("restrictions")
    if rules is None:
        return TariffElement(components)
    values = {name: _READERS[name](value) if name in _READERS else value for name, value in rules.items()}
    return TariffElement(components, Restrictions(**values))


def _limit_to_json(limit: PriceLimit | None) -> dict[str, str | None] | None:
    if limit is None:
        return None
    after = limit.after_taxes
    return {"before_taxes": str(limit.before_taxes), "after_taxes": None if after is None else str(after)}


def _limit_from_json(raw: Mapping[str, Any] | None) -> PriceLimit | None:
    if raw is None:
        return None
    after = raw.get("after_taxes")
    return PriceLimit(Decimal(raw["before_taxes"]), None if after is None else Decimal(after))


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _instant(raw: str | None) -> datetime | None:
    return None if raw is None else datetime.fromisoformat(raw)

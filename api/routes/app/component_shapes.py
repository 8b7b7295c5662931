"""The single prices of a quote on the wire: exact decimal text in major units, unknown as null."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pydantic import Field

from api.domain.quantities import kwh_to_wh
from api.routes.app.shapes import Shape

_WATTS_PER_KW = 1000


class UnitAmounts(Shape):
    """What the driver pays for one unit, markup included; null where the tax is unknown, never both."""

    net: str | None
    gross: str | None


class ShownRestrictions(Shape):
    """When a price applies; null is no limit. Clock and days are the charger's own; minimums count, maximums do not."""

    start_time: str | None
    end_time: str | None
    start_date: str | None
    end_date: str | None
    days_of_week: list[int] = Field(description="ISO weekdays, Monday 1; empty: every day.")
    min_wh: int | None
    max_wh: int | None
    min_duration_s: int | None
    max_duration_s: int | None
    min_power_w: int | None
    max_power_w: int | None
    min_current_a: str | None
    max_current_a: str | None

    @classmethod
    def of(cls, rules: Mapping[str, Any]) -> "ShownRestrictions":
        """Return the shape of restrictions as a tariff's snapshot has them."""
        calendar = {name: rules.get(name) for name in ("start_time", "end_time", "start_date", "end_date")}
        return cls(
            **calendar,
            days_of_week=list(rules.get("days_of_week", ())),
            min_wh=_wh(rules.get("min_kwh")),
            max_wh=_wh(rules.get("max_kwh")),
            min_duration_s=rules.get("min_duration_seconds"),
            max_duration_s=rules.get("max_duration_seconds"),
            min_power_w=_watts(rules.get("min_power")),
            max_power_w=_watts(rules.get("max_power")),
            min_current_a=rules.get("min_current"),
            max_current_a=rules.get("max_current"),
        )


class QuotedComponent(Shape):
    """One price, exact and in major units; in the order the law asks for: kWh, minute, session, other."""

    type: str = Field(description="`minute_fee` and `session_fee` are our own, all others the operator's.")
    price: str = Field(description="As the operator states it; of our own fees what the driver pays.")
    currency: str
    per: str = Field(description="`kWh`, `hour`, `minute` or `session`.")
    step_size: int = Field(description="Billed in started blocks of so many Wh or seconds; 0 and 1: exactly.")
    vat_percent: str | None = Field(description="Null: unknown, not zero; or none applies, if net and gross are equal.")
    driver_price: UnitAmounts
    driver_price_per_minute: UnitAmounts | None = Field(
        description="Of a price by the hour, to the millionth; what is billed is the hour's."
    )
    restricted: bool = Field(description="Applies only at times or above amounts.")
    restrictions: ShownRestrictions | None
    free_minutes: int = Field(description="Of our own fees: a stay this long owes none.")

    @classmethod
    def of(cls, component: Mapping[str, Any]) -> "QuotedComponent":
        """Return the shape of a component."""
        rules, minute = component["restrictions"], component["driver_price_per_minute"]
        copied = ("type", "price", "currency", "per", "step_size", "vat_percent", "restricted", "free_minutes")
        return cls(
            **{name: component[name] for name in copied},
            driver_price=UnitAmounts(**component["driver_price"]),
            driver_price_per_minute=None if minute is None else UnitAmounts(**minute),
            restrictions=None if rules is None else ShownRestrictions.of(rules),
        )


def _wh(kwh: str | None) -> int | None:
    return None if kwh is None else kwh_to_wh(Decimal(kwh))


def _watts(power_kw: str | None) -> int | None:
    return None if power_kw is None else int(Decimal(power_kw) * _WATTS_PER_KW)

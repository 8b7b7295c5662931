"""What a charge would cost, and what staying plugged in costs after it, on the wire."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pydantic import Field

from api.domain.quantities import kwh_to_wh
from api.routes.app.component_shapes import UnitAmounts
from api.routes.app.shapes import Amount, Moment, Shape, amount_of


class Parts(Shape):
    """Who gets what: the operator, roaming (our markup), our own fees, and tax. They sum to the total."""

    cpo: Amount
    roaming: Amount
    fee: Amount
    vat: Amount | None


class EstimateLine(Shape):
    """What one price adds, exact: `quantity` as billed, `measured` before steps; gross null: tax unknown."""

    kind: str
    quantity: str
    unit: str
    measured: str | None
    unit_price: str | None
    net: str
    vat_percent: str | None
    vat: str | None
    gross: str | None
    flags: list[str]


class Estimate(Shape):
    """What a charge like this would cost, begun now and run as planned."""

    basis: str = Field(description="`vehicle`, `energy`, or `assumed`: nothing was named, a usual charge is shown.")
    energy_wh: int
    minutes: int = Field(description="Of charging.")
    charging_ends_at: Moment
    idle_minutes: int
    total: Amount
    net: Amount
    vat: Amount | None = Field(description="Null: the tax is unknown.")
    parts: Parts
    lines: list[EstimateLine]

    @classmethod
    def of(cls, estimate: Mapping[str, Any]) -> "Estimate":
        """Return the shape of an estimate."""
        names = set(EstimateLine.model_fields)
        lines = [{name: value for name, value in line.items() if name in names} for line in estimate["lines"]]
        money = {name: amount_of(estimate[f"{name}_minor"], estimate["currency"]) for name in ("total", "net", "vat")}
        parts = {
            name: amount_of(estimate["parts"][f"{name}_minor"], estimate["currency"])
            for name in ("cpo", "roaming", "fee", "vat")
        }
        copied = {name: estimate[name] for name in ("basis", "minutes", "charging_ends_at", "idle_minutes")}
        energy_wh = kwh_to_wh(Decimal(estimate["energy_kwh"]))
        return cls.model_validate({**copied, **money, "energy_wh": energy_wh, "parts": parts, "lines": lines})


class StayEntry(Shape):
    """From one moment to the next staying plugged in costs this; `fee` is due as it begins."""

    starts_at: Moment
    ends_at: Moment | None = Field(description="Null: no change in sight.")
    per_hour: UnitAmounts
    block_s: int = Field(description="Billed in started blocks of so many seconds; 0 and 1: to the second.")
    fee: Amount
    total: Amount | None = Field(description="The whole charge for who leaves at the end; null: it goes on growing.")
    capped: bool = Field(description="The operator's most is reached.")


class ShownStay(Shape):
    """What staying plugged in costs once charging is over, at the charger's own time."""

    text: str = Field(description="In one English sentence.")
    total_now: Amount = Field(description="The whole charge for who leaves as charging ends.")
    known_until: Moment
    doubts: list[str]
    entries: list[StayEntry]

    @classmethod
    def of(cls, stay: Mapping[str, Any]) -> "ShownStay":
        """Return the shape of a timeline (``services/charging/stay.py``)."""
        currency = stay["currency"]
        entries = [
            {
                **{name: each[name] for name in ("starts_at", "ends_at", "capped")},
                "per_hour": {"net": each["per_hour_net"], "gross": each["per_hour_gross"]},
                "block_s": each["block_seconds"],
                "fee": amount_of(each["fee_minor"], currency),
                "total": amount_of(each["total_minor"], currency),
            }
            for each in stay["entries"]
        ]
        total_now, copied = amount_of(stay["total_now_minor"], currency), {key: stay[key] for key in ("text", "doubts")}
        return cls.model_validate(
            {**copied, "total_now": total_now, "known_until": stay["looked_until"], "entries": entries}
        )

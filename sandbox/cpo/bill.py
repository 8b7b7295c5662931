"""What a session costs the eMSP: an own small computation, exact in `Decimal`, that shares nothing with the product.

OCPI 2.2.1 `mod_tariffs` (price components, step_size, min/max price) and `mod_cdrs` ("step_size"). Sums are rounded
once, at the end, to four decimals. Where no component states VAT, the total including VAT stays unknown.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.cpo.periods import Slice
from sandbox.cpo.tariffs import active_component

Json = dict[str, Any]

HOUR = Decimal(3600)
_CENT_OF_A_CENT = Decimal("0.0001")


@dataclass(slots=True)
class Line:
    """One stretch of one dimension at one price; quantity in Wh, seconds or pieces, ``per`` of which cost ``price``."""

    dimension: str
    quantity: Decimal
    per: Decimal
    component: Json

    @property
    def excl_vat(self) -> Decimal:
        """Amount before VAT, unrounded."""
        return self.quantity * Decimal(str(self.component["price"])) / self.per

    @property
    def incl_vat(self) -> Decimal:
        """Amount with VAT, unrounded; a component without VAT counts as it is."""
        return self.excl_vat * (1 + Decimal(str(self.component.get("vat") or 0)) / 100)


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum in the tariff's currency, four decimals; ``incl_vat`` is nothing when no VAT is stated."""

    excl_vat: Decimal
    incl_vat: Decimal | None


@dataclass(frozen=True, slots=True)
class Bill:
    """Total cost and its parts by dimension."""

    total: Amount
    energy: Amount
    time: Amount
    parking: Amount
    fixed: Amount


def price(slices: list[Slice], tariff: Json | None, zone: ZoneInfo) -> Bill:
    """Price the slices of one session; without a tariff everything is free."""
    lines = [] if tariff is None else _lines(slices, tariff, zone)
    _step(lines, "ENERGY")
    _step(lines, "PARKING_TIME" if any(line.dimension == "PARKING_TIME" for line in lines) else "TIME")
    taxed = any(line.component.get("vat") is not None for line in lines)

    def part(*dimensions: str) -> Amount:
        return _amount([line for line in lines if line.dimension in dimensions], taxed=taxed)

    total = part("ENERGY", "TIME", "PARKING_TIME", "FLAT")
    return Bill(_bounded(total, tariff or {}), part("ENERGY"), part("TIME"), part("PARKING_TIME"), part("FLAT"))


def _lines(slices: list[Slice], tariff: Json, zone: ZoneInfo) -> list[Line]:
    lines: list[Line] = []
    for piece in slices:
        moment = piece.moment(zone)
        used = [("FLAT", Decimal(1), Decimal(1))] if not any(line.dimension == "FLAT" for line in lines) else []
        if piece.parking:
            used.append(("PARKING_TIME", Decimal(piece.seconds), HOUR))
        else:
            used += [("ENERGY", piece.kwh * 1000, Decimal(1000)), ("TIME", Decimal(piece.seconds), HOUR)]
        for dimension, quantity, per in used:
            found = active_component(tariff, dimension, moment)
            if found is not None and quantity:
                lines.append(Line(dimension, quantity, per, found[1]))
    return lines


def _step(lines: list[Line], dimension: str) -> None:
    """Round the session's total of ``dimension`` up to the last component's step, the rest at the last price."""
    own = [line for line in lines if line.dimension == dimension]
    if not own:
        return
    step = Decimal(int(own[-1].component.get("step_size") or 0))
    if step:
        total = sum((line.quantity for line in own), Decimal(0))
        own[-1].quantity += (total / step).to_integral_value(ROUND_CEILING) * step - total


def _amount(lines: list[Line], *, taxed: bool) -> Amount:
    excl = sum((line.excl_vat for line in lines), Decimal(0))
    incl = sum((line.incl_vat for line in lines), Decimal(0))
    return Amount(_rounded(excl), _rounded(incl) if taxed else None)


def _bounded(total: Amount, tariff: Json) -> Amount:
    """Hold the total between min_price and max_price, before and after VAT separately."""
    excl, incl = total.excl_vat, total.incl_vat
    bounds: list[tuple[str, Callable[[Decimal, Decimal], Decimal]]] = [("min_price", max), ("max_price", min)]
    for name, bound in bounds:
        limit = tariff.get(name) or {}
        if limit.get("excl_vat") is not None:
            excl = bound(excl, Decimal(str(limit["excl_vat"])))
        if incl is not None and limit.get("incl_vat") is not None:
            incl = bound(incl, Decimal(str(limit["incl_vat"])))
    return Amount(excl, incl)


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(_CENT_OF_A_CENT, ROUND_HALF_UP)

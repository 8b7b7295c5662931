"""The price limits of a tariff: ``min_price`` and ``max_price`` bind separately before and after tax.

2.3.0 chapter 11, notes on the Tariff object. The difference becomes a line of its own, so lines keep adding up.
"""

from decimal import Decimal

from api.domain.pricing.breakdown import LIMIT_ELEMENT, SESSION, Note, PriceLine, plain
from api.domain.pricing.tariff import ComponentType, PriceLimit, Tariff

ZERO = Decimal(0)
ONE = Decimal(1)
HUNDRED = Decimal(100)


def limited(lines: tuple[PriceLine, ...], tariff: Tariff) -> tuple[tuple[PriceLine, ...], tuple[Note, ...]]:
    """Return the line and the notes that bring a tariff's lines within its limits; nothing when they are within."""
    if tariff.min_price is None and tariff.max_price is None:
        return (), ()
    inside = any("tax_inside_unknown" in line.flags for line in lines)
    excl = sum((line.amount for line in lines), ZERO)
    taxes = [line.tax for line in lines if line.tax is not None]
    incl = excl + sum(taxes, ZERO) if inside or len(taxes) == len(lines) else None
    rate = _one_rate(lines)
    found_lines: list[PriceLine] = []
    notes: list[Note] = []
    for flag, limit in (("min_price", tariff.min_price), ("max_price", tariff.max_price)):
        if limit is None:
            continue
        new_excl, new_incl = _bound(excl, incl, limit, rate, most=flag == "max_price", inside=inside)
        if (new_excl, new_incl) == (excl, incl):
            continue
        found_lines.append(
            _line(tariff.id, flag, new_excl - excl, _tax_change(excl, incl, new_excl, new_incl), inside=inside)
        )
        notes.append(Note(flag, {"tariff_id": tariff.id, "before": plain(excl), "after": plain(new_excl)}))
        excl, incl = new_excl, new_incl
    return tuple(found_lines), tuple(notes)


def _bound(
    excl: Decimal, incl: Decimal | None, limit: PriceLimit, rate: Decimal | None, *, most: bool, inside: bool
) -> tuple[Decimal, Decimal | None]:
    pick = min if most else max
    if inside and incl is not None:  # what is before tax is unknown, so only the bound after tax can be compared
        change = ZERO if limit.after_taxes is None else pick(incl, limit.after_taxes) - incl
        return excl + change, incl + change
    new_excl = pick(excl, limit.before_taxes)
    if limit.after_taxes is not None:
        return new_excl, None if incl is None else pick(incl, limit.after_taxes)
    if new_excl == excl:
        return new_excl, incl
    # Only the bound before tax is stated: the tax follows it where the session has a single rate, else it is unknown.
    return new_excl, None if incl is None or rate is None else new_excl * (HUNDRED + rate) / HUNDRED


def _tax_change(excl: Decimal, incl: Decimal | None, new_excl: Decimal, new_incl: Decimal | None) -> Decimal | None:
    return None if incl is None or new_incl is None else (new_incl - new_excl) - (incl - excl)


def _one_rate(lines: tuple[PriceLine, ...]) -> Decimal | None:
    rates = {line.vat_percent if line.tax or line.vat_percent is not None else ZERO for line in lines if line.amount}
    return rates.pop() if len(rates) == 1 else None


def _line(tariff_id: str, flag: str, change: Decimal, tax: Decimal | None, *, inside: bool) -> PriceLine:
    flags = (flag, "tax_inside_unknown") if inside else (flag,)
    return PriceLine(
        tariff_id, LIMIT_ELEMENT, ComponentType.flat, ONE, SESSION, change, 0, ONE, change, None, tax, flags
    )

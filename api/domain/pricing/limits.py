"""The price limits of a tariff: ``min_price`` and ``max_price`` bind separately before and after tax.

2.3.0 chapter 11, notes on the Tariff object. The difference becomes lines of its own, so lines keep adding up: one
where both bounds are stated, else one for each rate of tax, in proportion, as a discount or a surcharge is taxed.
"""

from collections.abc import Sequence
from decimal import Decimal

from api.domain.pricing.breakdown import LIMIT_ELEMENT, SESSION, Note, PriceLine, plain
from api.domain.pricing.tariff import ComponentType, PriceLimit, Tariff

ZERO = Decimal(0)
ONE = Decimal(1)
HUNDRED = Decimal(100)
INSIDE = "tax_inside_unknown"
NOT_EVALUABLE = "limit_not_evaluable"


def limited(lines: tuple[PriceLine, ...], tariff: Tariff) -> tuple[tuple[PriceLine, ...], tuple[Note, ...]]:
    """Return the lines and the notes that bring a tariff's lines within its limits; nothing when they are within."""
    added: tuple[PriceLine, ...] = ()
    notes: list[Note] = []
    for flag, limit in (("min_price", tariff.min_price), ("max_price", tariff.max_price)):
        if limit is None:
            continue
        changes = _changes(tariff.id, flag, (*lines, *added), limit)
        if not changes:
            continue
        if any(NOT_EVALUABLE in line.flags for line in changes):
            notes.append(Note(NOT_EVALUABLE, {"tariff_id": tariff.id}))
            added += changes
            continue
        before = _excl((*lines, *added))
        added += changes
        facts: dict[str, object] = {
            "tariff_id": tariff.id,
            "before": plain(before),
            "after": plain(before + _excl(changes)),
        }
        notes.append(Note(flag, facts))
        if len(changes) > 1:
            notes.append(Note("limit_tax_in_proportion", {"tariff_id": tariff.id}))
    return added, tuple(notes)


def _changes(tariff_id: str, flag: str, lines: Sequence[PriceLine], limit: PriceLimit) -> tuple[PriceLine, ...]:
    """Return what a limit adds to lines or takes from them."""
    pick = min if flag == "max_price" else max
    if any(INSIDE in line.flags for line in lines):
        stated = sum((line.amount + (line.tax or ZERO) for line in lines), ZERO)
        return _inside(tariff_id, flag, stated, limit)
    excl, incl = _excl(lines), _incl(lines)
    change = pick(excl, limit.before_taxes) - excl
    if limit.after_taxes is None or incl is None:  # a bound after tax cannot be compared with a tax nobody knows
        return _in_proportion(tariff_id, flag, lines, change) if change else ()
    tax = pick(incl, limit.after_taxes) - incl - change
    if flag == "min_price":  # one that is lower with tax than without makes no tax negative
        tax = max(tax, min(excl - incl, ZERO))
    return (_line(tariff_id, flag, change, tax, None),) if change or tax else ()


def _inside(tariff_id: str, flag: str, incl: Decimal, limit: PriceLimit) -> tuple[PriceLine, ...]:
    """Return what a limit does to prices that contain an unknown tax: only its bound after tax can be compared.

    A bound before tax alone is told to be in doubt, and the sum with it, unless it cannot bind whatever the tax is.
    """
    if limit.after_taxes is not None:
        change = (min if flag == "max_price" else max)(incl, limit.after_taxes) - incl
        return (_line(tariff_id, flag, change, ZERO, None, INSIDE),) if change else ()
    if incl <= limit.before_taxes if flag == "max_price" else limit.before_taxes <= 0:
        return ()
    return (_line(tariff_id, flag, ZERO, None, None, NOT_EVALUABLE),)


def _in_proportion(tariff_id: str, flag: str, lines: Sequence[PriceLine], change: Decimal) -> tuple[PriceLine, ...]:
    """Return a change before tax as a line for each rate that it changes, so that tax follows it.

    A rate that is unknown stays unknown of its part only. Where there is nothing to be in proportion to, all of it is.
    """
    excl = _excl(lines)
    shares: dict[Decimal | None, Decimal] = {}
    for line in lines:
        if line.amount:
            rate = None if line.tax is None else line.vat_percent if line.tax else ZERO
            shares[rate] = shares.get(rate, ZERO) + line.amount
    if not excl or not shares:
        return (_line(tariff_id, flag, change, None, None),)
    amounts = {rate: change * share / excl for rate, share in shares.items()}
    last = next(reversed(amounts))
    amounts[last] = change - sum((amount for rate, amount in amounts.items() if rate != last), ZERO)
    return tuple(_at_rate(tariff_id, flag, amount, rate) for rate, amount in amounts.items())


def _at_rate(tariff_id: str, flag: str, amount: Decimal, rate: Decimal | None) -> PriceLine:
    return _line(tariff_id, flag, amount, None if rate is None else amount * rate / HUNDRED, rate)


def _excl(lines: Sequence[PriceLine]) -> Decimal:
    return sum((line.amount for line in lines), ZERO)


def _incl(lines: Sequence[PriceLine]) -> Decimal | None:
    """Return the sum with tax, None where it is not known."""
    taxes = [line.tax for line in lines if line.tax is not None]
    return _excl(lines) + sum(taxes, ZERO) if len(taxes) == len(lines) else None


def _line(
    tariff_id: str, flag: str, change: Decimal, tax: Decimal | None, rate: Decimal | None, *flags: str
) -> PriceLine:
    return PriceLine(
        tariff_id, LIMIT_ELEMENT, ComponentType.flat, ONE, SESSION, change, 0, ONE, change, rate, tax, (flag, *flags)
    )

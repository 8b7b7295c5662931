"""What a priced session looks like: one explained line per component, coded notes, exact totals.

Nothing is rounded here; ``domain/money.to_minor_half_up`` rounds once, at the invoice line. Does not live here: how
the numbers come about (``price``).
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from api.domain.pricing.tariff import ComponentType

KWH: Final = "kWh"
HOURS: Final = "h"
SESSION: Final = "session"
# ``element_index`` of the line that brings a session up or down to the tariff's price limit.
LIMIT_ELEMENT: Final = -1


def plain(number: Decimal) -> str:
    """Return a number as text with no needless zeros: one spelling, however finely the session was cut."""
    return f"{number.normalize():f}"


@dataclass(frozen=True, slots=True)
class Note:
    """Something a reader of the price should know: a stable code and its facts (JSON-safe values)."""

    code: str
    facts: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PriceLine:
    """What one component of one tariff element costs over the whole session.

    ``quantity`` was measured and ``billed_quantity`` is after ``step_size``, both in ``unit`` (kWh, h or 1 session).
    ``unit_price`` is as the tariff states it; ``amount`` is before tax. ``tax`` is ``None`` when the rate is unknown.
    Flags: ``price_includes_tax``, ``tax_inside_unknown`` (then ``amount`` still contains its tax),
    ``restriction_not_evaluable``, ``reservation``, ``min_price``, ``max_price``.
    """

    tariff_id: str
    element_index: int
    component_type: ComponentType
    quantity: Decimal
    unit: str
    unit_price: Decimal
    step_size: int
    billed_quantity: Decimal
    amount: Decimal
    vat_percent: Decimal | None
    tax: Decimal | None
    flags: tuple[str, ...] = ()


def sum_line(source: str, amount: Decimal, tax: Decimal | None, vat_percent: Decimal | None = None) -> PriceLine:
    """Return a sum that a partner states as one line, before tax; ``source`` says whose: a CDR or a session."""
    one = Decimal(1)
    return PriceLine(source, 0, ComponentType.flat, one, SESSION, amount, 0, one, amount, vat_percent, tax)


@dataclass(frozen=True, slots=True)
class CostBreakdown:
    """The price of a session in major units of ``currency``, exact and unrounded; the lines sum to the totals.

    ``incl_vat`` is ``None`` when a charged line has no known tax. ``excl_known`` is false for prices that contain an
    unknown tax: then ``excl_vat`` is the amount as stated, tax inside, and must not be shown or booked as net.
    """

    currency: str
    lines: tuple[PriceLine, ...]
    excl_vat: Decimal
    incl_vat: Decimal | None
    notes: tuple[Note, ...] = ()
    excl_known: bool = True

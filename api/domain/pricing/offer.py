"""What a charge may cost at a connector, price by price, in the order of the law: kWh, minute, session, other.

Regulation (EU) 2023/1804 (AFIR), Art. 5(4). The operator's components and our own fees stand in one list, each as it is
asked for and as the driver pays it. Does not live here: what a whole session costs (``price``, ``retail``).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from api.domain.pricing.breakdown import SESSION
from api.domain.pricing.retail import MINUTE_FEE, MINUTES, SESSION_FEE, RetailRule
from api.domain.pricing.select import Candidate, candidates
from api.domain.pricing.tariff import ComponentType, Tariff
from api.domain.pricing.unit_price import UNITS, UnitPrice, minute_fee_price, session_fee_price, unit_price

LEGAL_ORDER: Final = (
    ComponentType.energy.value,
    ComponentType.time.value,
    MINUTE_FEE,
    ComponentType.flat.value,
    SESSION_FEE,
    ComponentType.parking_time.value,
)

NOT_PUBLISHED: Final = "operator_published_no_price"
ONLY_IN_WORDS: Final = "price_only_in_words"
NOT_FOR_CHARGING: Final = "no_price_for_charging"


@dataclass(frozen=True, slots=True)
class OfferedPrice:
    """One price of the list. ``kind`` is a component type, or ``minute_fee`` and ``session_fee``, which are ours.

    ``stated`` is the amount as the operator states it, for fees of ours what is paid. ``step_size`` in Wh or seconds.
    ``element_index`` is ``None`` for a fee, and its ``free_minutes`` are the first ones of a stay that carry none.
    """

    kind: str
    stated: Decimal
    unit: str
    step_size: int
    paid: UnitPrice
    element_index: int | None = None
    free_minutes: int = 0


def unknown_because(tariff: Tariff | None) -> str | None:
    """Return why the price of a charge is unknown, or ``None`` when the tariff tells it, be it nothing."""
    if tariff is None:
        return NOT_PUBLISHED
    if not tariff.elements:
        return ONLY_IN_WORDS
    return None if any(candidates(tariff, each) for each in ComponentType) else NOT_FOR_CHARGING


def offered_prices(tariff: Tariff, retail: RetailRule) -> tuple[OfferedPrice, ...]:
    """List every price that a charge may meet, in the order of the law and then of the tariff.

    Prices of reservations are left out, since a quote reserves nothing, and so is what can never apply.
    """
    found = [*_operators(tariff, retail), *_ours(tariff.currency, retail)]
    return tuple(sorted(found, key=lambda each: (LEGAL_ORDER.index(each.kind), each.element_index or 0)))


def reachable(tariff: Tariff, type_: ComponentType) -> tuple[Candidate, ...]:
    """Return the components of a type down to the first one without restrictions, which hides all below it."""
    found: list[Candidate] = []
    for each in candidates(tariff, type_):
        found.append(each)
        if each.restrictions is None:
            break
    return tuple(found)


def _operators(tariff: Tariff, retail: RetailRule) -> Iterator[OfferedPrice]:
    for type_ in ComponentType:
        for each in reachable(tariff, type_):
            price, step = each.component.price, each.component.step_size
            paid = unit_price(tariff, each.component, retail)
            yield OfferedPrice(type_.value, price, UNITS[type_], step, paid, each.element_index)


def _ours(currency: str, retail: RetailRule) -> Iterator[OfferedPrice]:
    fees = (
        (MINUTE_FEE, MINUTES, 60, minute_fee_price(currency, retail)),
        (SESSION_FEE, SESSION, 1, session_fee_price(currency, retail)),
    )
    for kind, unit, step, paid in fees:
        if paid is not None:
            yield OfferedPrice(kind, paid.known, unit, step, paid, free_minutes=retail.free_minutes)

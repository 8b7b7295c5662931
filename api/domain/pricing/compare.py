"""A bill beside its own computation, dimension by dimension (2.2.1 and 2.3.0 chapter 10: ``total_*_cost``)."""

from dataclasses import dataclass
from decimal import Decimal

from api.domain.pricing.breakdown import LIMIT_ELEMENT, CostBreakdown, PriceLine
from api.domain.roaming.cdr import Cdr

ZERO = Decimal(0)
RESERVATION = "reservation"
LIMIT = "limit"


@dataclass(frozen=True, slots=True)
class LineCheck:
    """One dimension before tax, in major units; ``billed`` and ``difference`` are None where the CDR leaves it out.

    ``kind`` is a component type, ``reservation``, or ``limit`` for what a minimum or maximum price adds or takes.
    """

    kind: str
    billed: Decimal | None
    computed: Decimal
    difference: Decimal | None


def compare_lines(cdr: Cdr, promised: CostBreakdown) -> tuple[LineCheck, ...]:
    """Return a check for each dimension that either side charges for."""
    computed: dict[str, Decimal] = {}
    for line in promised.lines:
        kind = _kind(line)
        computed[kind] = computed.get(kind, ZERO) + line.amount
    kinds = [*computed, *(kind for kind in cdr.costs if kind not in computed)]
    return tuple(_check(kind, cdr, computed.get(kind, ZERO)) for kind in kinds)


def _kind(line: PriceLine) -> str:
    if line.element_index == LIMIT_ELEMENT:
        return LIMIT
    return RESERVATION if RESERVATION in line.flags else line.component_type.value


def _check(kind: str, cdr: Cdr, computed: Decimal) -> LineCheck:
    stated = cdr.costs.get(kind)
    billed = None if stated is None else abs(stated.before_taxes)
    return LineCheck(kind, billed, computed, None if billed is None else billed - computed)

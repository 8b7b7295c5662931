"""Reservations priced in ways that cannot be charged, and dimensions that wait for energy where none flows."""

from collections.abc import Iterator
from typing import Final

from api.domain.pricing.linting.contests import component_facts
from api.domain.pricing.linting.finding import LintFinding, Severity
from api.domain.pricing.select import candidates
from api.domain.pricing.tariff import (
    RESERVATION,
    RESERVATION_EXPIRES,
    ComponentType,
    Restrictions,
    Tariff,
)

ALLOWED: Final = frozenset({ComponentType.flat, ComponentType.time})
NEEDS_FLOW: Final = ("min_current", "min_power")


def find_reservation_mistakes(tariff: Tariff) -> Iterator[LintFinding]:
    """Yield components that a reservation cannot have (2.3.0 chapter 11, TariffRestrictions), and odd expiry prices."""
    kinds = set()
    for index, element in enumerate(tariff.elements):
        rules = element.restrictions
        reservation = None if rules is None else rules.reservation
        kinds.add(reservation)
        for component in element.components:
            facts = component_facts(component.type, reservation)
            if reservation is not None and component.type not in ALLOWED:
                yield LintFinding("reservation_component", Severity.error, tariff.id, index, facts)
            elif rules is not None and component.price:
                needed = _needs(rules, component.type)
                if needed:
                    yield LintFinding(
                        "needs_energy_flow", Severity.warning, tariff.id, index, facts | {"needs": needed}
                    )
    if RESERVATION_EXPIRES in kinds and RESERVATION not in kinds:
        first = next(
            index for index, each in enumerate(tariff.elements) if each.restrictions and each.restrictions.reservation
        )
        yield LintFinding("reservation_expires_alone", Severity.hint, tariff.id, first)
    yield from _cheaper_to_let_expire(tariff)


def _needs(rules: Restrictions, type_: ComponentType) -> list[str]:
    """Return the restrictions that wait for energy to flow, for a component that is charged while none does."""
    if rules.reservation is None and type_ is not ComponentType.parking_time:
        return []
    names = [*NEEDS_FLOW, "min_kwh"] if rules.reservation is not None else [*NEEDS_FLOW]
    return [name for name in names if (getattr(rules, name) or 0) > 0]


def _cheaper_to_let_expire(tariff: Tariff) -> Iterator[LintFinding]:
    """Yield one finding when reserved time costs less for who never comes, and nothing else makes up for it."""
    expired = candidates(tariff, ComponentType.time, RESERVATION_EXPIRES)
    kept = candidates(tariff, ComponentType.time, RESERVATION)
    fees = candidates(tariff, ComponentType.flat, RESERVATION_EXPIRES)
    if not expired or not kept or any(each.component.price > 0 for each in fees):
        return
    if max(each.component.price for each in expired) < min(each.component.price for each in kept):
        first = expired[0]
        facts = component_facts(ComponentType.time, RESERVATION_EXPIRES, first.component.price)
        yield LintFinding("expiry_cheaper", Severity.warning, tariff.id, first.element_index, facts)

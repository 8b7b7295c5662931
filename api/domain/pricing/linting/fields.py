"""What is wrong with single fields of an element: prices, steps, restrictions that exclude each other, end times."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from api.domain.pricing.breakdown import plain
from api.domain.pricing.linting.contests import component_facts
from api.domain.pricing.linting.examples import clock
from api.domain.pricing.linting.finding import LintFinding, Severity
from api.domain.pricing.linting.space import AXES, FIELDS, Space
from api.domain.pricing.tariff import ComponentType, PriceComponent, Restrictions, Tariff, TariffElement

# A unit of these is worth about a euro, so that a price can be absurd in them: above, somebody wrote cents.
LIKE_THE_EURO: Final = frozenset({"AUD", "CAD", "CHF", "EUR", "GBP", "NZD", "SGD", "USD"})
ABSURD: Final = {
    ComponentType.energy: Decimal(10),
    ComponentType.time: Decimal(100),
    ComponentType.parking_time: Decimal(100),
    ComponentType.flat: Decimal(100),
}
LARGEST_STEP: Final = {ComponentType.energy: 1000, ComponentType.time: 3600, ComponentType.parking_time: 3600}
LAST_SECOND: Final = 59
MINUTE_SECONDS: Final = 60


def find_field_mistakes(tariff: Tariff) -> Iterator[LintFinding]:
    """Yield what the components of each element say wrong by themselves."""
    for index, element in enumerate(tariff.elements):
        if not element.components:
            yield LintFinding("element_empty", Severity.warning, tariff.id, index)
        if element.restrictions is not None and element.restrictions.unknown:
            facts: dict[str, object] = {"names": sorted(element.restrictions.unknown)}
            yield LintFinding("unknown_restriction", Severity.warning, tariff.id, index, facts)
        yield from _repeated(tariff, index, element)
        for component in element.components:
            yield from _price_and_step(tariff, index, element, component)


def find_contradictions(tariff: Tariff, space: Space) -> Iterator[LintFinding]:
    """Yield elements that can never apply, because their restrictions leave no moment at all."""
    for index, (element, box) in enumerate(zip(tariff.elements, space.boxes, strict=True)):
        if element.restrictions is not None and not all(box):
            empty = [axis for axis, cells in zip(AXES, box, strict=True) if not cells]
            facts: dict[str, object] = {"restrictions": _stated(element.restrictions, empty)}
            yield LintFinding("contradictory_restrictions", Severity.error, tariff.id, index, facts)


def find_short_end_times(tariff: Tariff) -> Iterator[LintFinding]:
    """Yield end times a second or a minute before the full minute or hour: the end is exclusive, so a gap is left."""
    rules = [element.restrictions for element in tariff.elements]
    starts = {each.start_time for each in rules if each is not None}
    ends = {each.end_time for each in rules if each is not None and each.end_time is not None} - starts
    for end in sorted(ends):
        missing = 1 if end.second == LAST_SECOND else MINUTE_SECONDS if (end.minute, end.second) == (59, 0) else 0
        if missing:
            elements = [index for index, each in enumerate(rules) if each is not None and each.end_time == end]
            meant = (datetime.combine(date(2024, 1, 1), end) + timedelta(seconds=missing)).time()
            facts: dict[str, object] = {
                "elements": elements,
                "end_time": clock(end),
                "missing_seconds": missing,
                "meant": clock(meant),
            }
            yield LintFinding("short_end_time", Severity.hint, tariff.id, elements[0], facts)


def _repeated(tariff: Tariff, index: int, element: TariffElement) -> Iterator[LintFinding]:
    """Yield components whose type stood in the element before: only the first counts."""
    seen: dict[ComponentType, PriceComponent] = {}
    for component in element.components:
        first = seen.setdefault(component.type, component)
        if first is not component:
            facts = component_facts(component.type, _reservation(element), component.price)
            severity = Severity.warning if first == component else Severity.error
            yield LintFinding("duplicate_component", severity, tariff.id, index, facts)


def _price_and_step(
    tariff: Tariff, index: int, element: TariffElement, component: PriceComponent
) -> Iterator[LintFinding]:
    facts = component_facts(component.type, _reservation(element), component.price)
    if component.price < 0:
        yield LintFinding("negative_price", Severity.error, tariff.id, index, facts)
    if tariff.currency in LIKE_THE_EURO and component.price > ABSURD[component.type]:
        absurd = facts | {"currency": tariff.currency}
        yield LintFinding("absurd_price", Severity.warning, tariff.id, index, absurd)
    if component.type not in LARGEST_STEP or not component.price:
        return
    step = facts | {"step_size": component.step_size}
    if component.step_size <= 0:
        severity = Severity.warning if component.step_size else Severity.hint
        yield LintFinding("step_size_zero", severity, tariff.id, index, step)
    if component.step_size > LARGEST_STEP[component.type]:
        step["unit"] = "Wh" if component.type is ComponentType.energy else "s"
        yield LintFinding("step_size_large", Severity.warning, tariff.id, index, step)


def _reservation(element: TariffElement) -> str | None:
    return None if element.restrictions is None else element.restrictions.reservation


def _stated(rules: Restrictions, axes: list[str]) -> dict[str, object]:
    """Return the restrictions on some axes as they are stated."""
    names = {name for axis in axes for name in FIELDS[axis]}
    values = {each.name: getattr(rules, each.name) for each in fields(rules) if each.name in names}
    return {name: _plain(value) for name, value in values.items() if value is not None and value != frozenset()}


def _plain(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Decimal):
        return plain(value)
    return value.isoformat() if isinstance(value, date | time) else value

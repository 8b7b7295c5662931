"""What ``lint`` says about who wins agrees with who wins, tried with ``select.choose`` itself on made-up tariffs."""

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from api.domain.pricing.lint import LintFinding, lint_tariffs
from api.domain.pricing.linting.space import AXES, FIELDS, space_of
from api.domain.pricing.select import Moment, candidates, choose
from api.domain.pricing.tariff import ComponentType, PriceComponent, Restrictions, Tariff, TariffElement

D = Decimal
ZERO = D(0)
Dimension = tuple[ComponentType, str | None]
DIMENSIONS: list[Dimension] = [(type_, reservation) for reservation in (None, "reservation") for type_ in ComponentType]
CLOCKS = [time(0), time(6), time(12), time(12, 0, 30), time(23, 59)]
DATES = [date(2026, 5, 4) + timedelta(each) for each in (0, 1, 3, 9)]
AMOUNTS = [D(each) for each in ("-1", "0", "5", "7.5", "20")]
SECONDS = [0, 60, 3600]
POOLS: dict[str, list[Any]] = {
    "start_time": CLOCKS,
    "end_time": CLOCKS,
    "start_date": DATES,
    "end_date": DATES,
    "days_of_week": [frozenset({1, 2, 3, 4, 5}), frozenset({6, 7}), frozenset({1}), frozenset({3, 7})],
    "min_duration_seconds": SECONDS,
    "max_duration_seconds": SECONDS,
}
amounts = st.sampled_from([D(each) for each in ("0", "4.9", "5", "7", "7.5", "19", "20", "99")])


@st.composite
def tariffs(draw: st.DrawFn) -> Tariff:
    """Draw a tariff of up to five elements, whose restrictions share a few bounds on up to three axes."""
    axes = draw(st.lists(st.sampled_from(AXES), min_size=1, max_size=3, unique=True))
    names = [name for axis in axes for name in FIELDS[axis]]
    elements = []
    for _ in range(draw(st.integers(1, 5))):
        kinds = draw(st.lists(st.sampled_from(list(ComponentType)), min_size=1, max_size=2, unique=True))
        prices = st.sampled_from([ZERO, D(1), D(2)])
        chosen = draw(st.lists(st.sampled_from(names), max_size=4, unique=True))
        rules = Restrictions(
            **{name: draw(st.sampled_from(POOLS.get(name, AMOUNTS))) for name in chosen},
            reservation=draw(st.sampled_from([None, None, None, "reservation"])),
        )
        elements.append(TariffElement(tuple(PriceComponent(each, draw(prices), 1) for each in kinds), rules))
    return Tariff("T", "EUR", tuple(elements))


@st.composite
def moments(draw: st.DrawFn) -> Moment:
    """Draw a moment that a session may show: flows steady, varying or unmeasured."""
    flows: list[Decimal | None] = []
    for _ in range(2):
        low, high = sorted((draw(amounts), draw(amounts)))
        flows += draw(st.sampled_from([(low, high), (low, low), (None, None), (low, None), (None, high)]))
    clock = draw(st.sampled_from([*CLOCKS, time(5, 59), time(12, 0, 29), time(18), time(23, 59, 59)]))
    day = date(2026, 4, 30) + timedelta(draw(st.integers(0, 20)))
    seconds = draw(st.sampled_from([0, 1, 59, 60, 3599, 3600, 9999]))
    return Moment(datetime.combine(day, clock), timedelta(seconds=seconds), draw(amounts), *flows)


def representatives(tariff: Tariff) -> Iterator[Moment]:
    """Yield a moment in every cell of a tariff's space."""
    space = space_of(tariff)
    yield from map(space.moment, product(*(range(len(space.cells[axis])) for axis in AXES)))


def plausible(moment: Moment, dimension: Dimension) -> Moment:
    """Bend a moment to what can happen: one steady flow, none while parked or reserving, a flat fee at the start."""
    type_, reservation = dimension
    idle = reservation is not None or type_ is ComponentType.parking_time
    current, power = (ZERO, ZERO) if idle else (moment.min_current or ZERO, moment.max_power or ZERO)
    at_start = type_ is ComponentType.flat
    return replace(
        moment,
        elapsed=timedelta(0) if at_start else moment.elapsed,
        energy_kwh=ZERO if at_start or reservation is not None else moment.energy_kwh,
        min_current=current,
        max_current=current,
        min_power=power,
        max_power=power,
    )


def wins(tariff: Tariff, dimension: Dimension, moment: Moment) -> int | None:
    """Return the element that the engine chooses."""
    candidate = choose(candidates(tariff, *dimension), moment).candidate
    return None if candidate is None else candidate.element_index


def never(tariff: Tariff) -> set[tuple[int, Dimension]]:
    """Return the components that lint says never apply, for whatever reason."""
    found = set()
    for each in lint_tariffs([tariff]):
        if each.element is None:
            continue
        if each.code == "contradictory_restrictions":
            found |= {(each.element, dimension) for dimension in DIMENSIONS}
        if each.code in {"unreachable_element", "zero_shadows_priced"} and "earlier" in each.facts:
            found |= {(each.element, dimension) for dimension in dimensions_of(each)}
    return found


def dimensions_of(finding: LintFinding) -> list[Dimension]:
    """Return which dimensions a finding is about."""
    names, reservation = finding.facts["components"], finding.facts.get("reservation")
    assert isinstance(names, list)
    return [each for each in DIMENSIONS if each[0] in names and each[1] == reservation]


@settings(max_examples=50, deadline=None)
@given(tariffs(), st.lists(moments(), min_size=10, max_size=10))
def test_what_never_applies_is_never_chosen(tariff: Tariff, drawn: list[Moment]) -> None:
    """No moment makes the engine choose a component that lint calls unreachable or contradictory."""
    dead = never(tariff)
    for dimension in DIMENSIONS:
        for moment in drawn:
            assert (wins(tariff, dimension, moment), dimension) not in dead


@settings(max_examples=60, deadline=None)
@given(tariffs())
def test_what_is_not_called_unreachable_is_chosen_somewhere(tariff: Tariff) -> None:
    """Every other component is chosen in at least one cell, so nothing unreachable is overlooked, unions included."""
    dead = never(tariff)
    missing = {
        (each.element_index, dimension)
        for dimension in DIMENSIONS
        for each in candidates(tariff, *dimension)
        if (each.element_index, dimension) not in dead
    }
    for moment in representatives(tariff):
        if not missing:
            break
        missing -= {
            (element, dimension) for element, dimension in missing if wins(tariff, dimension, moment) == element
        }
    assert missing == set()


@settings(max_examples=50, deadline=None)
@given(tariffs(), st.lists(moments(), min_size=10, max_size=10))
def test_without_a_gap_something_always_applies(tariff: Tariff, drawn: list[Moment]) -> None:
    """A priced dimension that lint finds no gap in has a component at every moment that can happen."""
    open_ = {each for finding in lint_tariffs([tariff]) if finding.code == "gap" for each in dimensions_of(finding)}
    for dimension in DIMENSIONS:
        if dimension not in open_ and any(each.component.price for each in candidates(tariff, *dimension)):
            for moment in drawn:
                assert wins(tariff, dimension, plausible(moment, dimension)) is not None


@settings(max_examples=60, deadline=None)
@given(tariffs())
def test_a_gap_is_open_somewhere(tariff: Tariff) -> None:
    """In a gap there is a moment that can happen and at which nothing applies."""
    for finding in lint_tariffs([tariff]):
        if finding.code == "gap":
            for dimension in dimensions_of(finding):
                at = (plausible(each, dimension) for each in representatives(tariff))
                assert any(wins(tariff, dimension, moment) is None for moment in at)


@settings(max_examples=50, deadline=None)
@given(tariffs())
def test_a_proposed_order_revives(tariff: Tariff) -> None:
    """In the order that a finding proposes its components apply, and nothing that applied before is lost."""
    dead = never(tariff)
    for finding in lint_tariffs([tariff]):
        if "order" in finding.facts:
            moved = finding.facts["order"]
            assert isinstance(moved, list)
            first = min(moved)
            order = [*range(first), *moved, *range(first + len(moved), len(tariff.elements))]
            assert sorted(order) == [*range(len(tariff.elements))]
            reordered = replace(tariff, elements=tuple(tariff.elements[each] for each in order))
            still = {(order[element], dimension) for element, dimension in never(reordered)}
            assert still < dead
            assert not {(finding.element, dimension) for dimension in dimensions_of(finding)} & still


def test_every_restriction_lies_on_an_axis() -> None:
    """A restriction added to the model must be added to the space, or lint would be wrong about it."""
    told = {name for names in FIELDS.values() for name in names}
    assert {each.name for each in fields(Restrictions)} == told | {"reservation", "unknown"}


@settings(max_examples=50, deadline=None)
@given(tariffs())
def test_whatever_is_found_can_be_told(tariff: Tariff) -> None:
    """Every finding about every tariff has its sentence, with no placeholder left and its element named."""
    for each in lint_tariffs([tariff]):
        assert each.sentence.endswith(".")
        assert [part for part in ("{", "None", "  ") if part in each.sentence] == []
        assert each.element is None or str(each.element) in each.sentence

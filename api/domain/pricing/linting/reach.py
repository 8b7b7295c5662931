"""Components that never apply because earlier ones always do, and free ones that take away what a later one charges.

2.3.0 chapter 11, Tariff object: of the elements that price a dimension the first that matches wins. Coverage is exact,
by one earlier element or by several together. What to do about it is said too: the order of elements that would work,
more special ones before more general ones, is tried before it is proposed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from api.domain.pricing.linting.contests import Contest, contests
from api.domain.pricing.linting.examples import example
from api.domain.pricing.linting.finding import LintFinding, Severity
from api.domain.pricing.linting.space import Box, Space, meet, meets, within
from api.domain.pricing.tariff import ComponentType, PriceComponent, Tariff


@dataclass(frozen=True, slots=True)
class Order:
    """An order of the elements that makes more of them apply: the stretch that moves, and what applies only then."""

    moved: tuple[int, ...]
    revived: frozenset[tuple[int, ComponentType]]


def find_unreachable(tariff: Tariff, space: Space) -> Iterator[LintFinding]:
    """Yield what never applies, and what is partly taken away by a free element."""
    order = None
    for contest in contests(tariff, space):
        for index in range(len(contest.candidates)):
            box = contest.boxes[index]
            if not all(box):
                continue  # contradicts itself, which is another finding
            if space.uncovered(box, contest.boxes[:index]) is None:
                order = order or better_order(tariff, space)
                yield _never(tariff, space, contest, index, order)
            else:
                yield from _partly_free(tariff, space, contest, index)


def better_order(tariff: Tariff, space: Space) -> Order:
    """Put special elements before general ones, else as they are; an order that costs another its place is none."""
    size = len(tariff.elements)
    space.budget.spend(size * size)
    kinds = [
        {(_class(tariff, index), each.type) for each in element.components}
        for index, element in enumerate(tariff.elements)
    ]
    before = [
        {
            each
            for each in range(size)
            if kinds[each] & kinds[general] and _inside(space.boxes[each], space.boxes[general])
        }
        for general in range(size)
    ]
    order: list[int] = []
    placed: set[int] = set()
    while len(order) < size:
        order.append(next(each for each in range(size) if each not in placed and before[each] <= placed))
        placed.add(order[-1])
    now, then = _dead(tariff, space, range(size)), _dead(tariff, space, order)
    moved = [index for index, element in enumerate(order) if index != element]
    if not moved or not then < now:
        return Order((), frozenset())
    return Order(tuple(order[moved[0] : moved[-1] + 1]), now - then)


def _dead(tariff: Tariff, space: Space, order: Sequence[int]) -> frozenset[tuple[int, ComponentType]]:
    """Return the elements and components that never apply when the elements stand in another order."""
    place = {element: index for index, element in enumerate(order)}
    dead = set()
    for contest in contests(tariff, space):
        placed = sorted(contest.candidates, key=lambda each: place[each.element_index])
        boxes = [space.boxes[each.element_index] for each in placed]
        for index, candidate in enumerate(placed):
            if space.uncovered(boxes[index], boxes[:index]) is None:
                dead.add((candidate.element_index, contest.type))
    return frozenset(dead)


def _never(tariff: Tariff, space: Space, contest: Contest, index: int, order: Order) -> LintFinding:
    """Say that a component never applies, who takes its place, and what helps."""
    candidate, box = contest.candidates[index], contest.boxes[index]
    winners = _winners(space, contest, index)
    takers = [contest.candidates[each] for each in winners]
    free = [each.element_index for each in takers if not each.component.price]
    same = all(_terms(each.component) == _terms(candidate.component) for each in takers)
    default = all(_inside(contest.boxes[each], box) for each in winners)
    robbed = bool(candidate.component.price and free) and (len(free) == len(takers) or not default)
    if (candidate.element_index, contest.type) in order.revived:
        fix = "reorder_or_remove" if same else "reorder"
    elif default and not robbed:
        fix = "spare_default"
    elif same:
        fix = "remove"
    else:
        fix = "choose_one" if any(contest.boxes[each] == box for each in winners) else "narrow"
    facts = contest.facts(candidate) | {"earlier": [each.element_index for each in takers], "fix": fix}
    if fix.startswith("reorder"):
        facts["order"] = [*order.moved]
    if robbed:
        facts["free"] = free
        return LintFinding("zero_shadows_priced", Severity.error, tariff.id, candidate.element_index, facts)
    severity = Severity.hint if same or default else Severity.error
    return LintFinding("unreachable_element", severity, tariff.id, candidate.element_index, facts)


def _partly_free(tariff: Tariff, space: Space, contest: Contest, index: int) -> Iterator[LintFinding]:
    """Say where an earlier free element wins over a price, unless it is a mere exception inside what is priced."""
    candidate, box = contest.candidates[index], contest.boxes[index]
    for earlier, other in enumerate(contest.candidates[:index]):
        theirs = contest.boxes[earlier]
        if not candidate.component.price or other.component.price or not meets(theirs, box) or within(theirs, box):
            continue
        part = space.uncovered(meet(box, theirs), contest.boxes[:earlier])
        if part is not None:
            facts = contest.facts(candidate) | {"free": [other.element_index], "when": example(space, part, box)}
            yield LintFinding("zero_shadows_priced", Severity.hint, tariff.id, candidate.element_index, facts)
            return


def _winners(space: Space, contest: Contest, index: int) -> list[int]:
    """Return which earlier candidates win somewhere in the box of a later one."""
    box = contest.boxes[index]
    return [
        earlier
        for earlier in range(index)
        if space.uncovered(meet(box, contest.boxes[earlier]), contest.boxes[:earlier]) is not None
    ]


def _class(tariff: Tariff, element: int) -> str | None:
    rules = tariff.elements[element].restrictions
    return None if rules is None else rules.reservation


def _inside(inner: Box, outer: Box) -> bool:
    """Tell whether a box is a real part of another, neither empty nor equal."""
    return inner != outer and all(inner) and within(inner, outer)


def _terms(component: PriceComponent) -> tuple[object, ...]:
    return component.price, component.vat, component.step_size

"""Conditions under which nothing prices a dimension that the tariff prices elsewhere, and flat fees that come late.

A dimension that no element matches is free (2.3.0 chapter 11, Tariff object), which is seldom what was meant. A flat
fee is charged once, where the first one applies; so one that waits for a later moment comes in the middle of a session,
or never, when another was charged at the start.
"""

from collections.abc import Iterator

from api.domain.pricing.linting.contests import Contest, contests, plausible, startable
from api.domain.pricing.linting.examples import example
from api.domain.pricing.linting.finding import LintFinding, Severity
from api.domain.pricing.linting.space import Box, Space, meet
from api.domain.pricing.select import candidates
from api.domain.pricing.tariff import RESERVATION, RESERVATION_EXPIRES, ComponentType, Restrictions, Tariff


def find_gaps(tariff: Tariff, space: Space) -> Iterator[LintFinding]:
    """Yield the gaps of every priced dimension, with an example of each."""
    for contest in contests(tariff, space):
        if not any(each.component.price for each in contest.candidates):
            continue
        boxes = contest.boxes + _stand_ins(tariff, space, contest)
        universe = plausible(space, contest)
        part = space.uncovered(universe, boxes)
        if part is not None:
            facts = contest.facts() | {"when": example(space, part, universe)}
            yield LintFinding("gap", Severity.warning, tariff.id, None, facts)
            continue
        unmeasured = _measured_or_not(space, contest)
        part = None if unmeasured is None else space.uncovered(unmeasured, boxes)
        if unmeasured is not None and part is not None:
            facts = contest.facts() | {"when": example(space, part, unmeasured)}
            yield LintFinding("missing_fallback", Severity.hint, tariff.id, None, facts)


def find_late_flats(tariff: Tariff, space: Space) -> Iterator[LintFinding]:
    """Yield flat fees that may be charged in the middle of a session, or never, because another came first."""
    start = startable(space)
    for contest in contests(tariff, space):
        if contest.type is not ComponentType.flat:
            continue
        always_charged = space.uncovered(start, contest.boxes) is None
        for index, candidate in enumerate(contest.candidates):
            box, earlier = contest.boxes[index], contest.boxes[:index]
            if space.uncovered(box, earlier) is None:
                continue  # never applies at all, which is another finding
            if always_charged and space.uncovered(meet(box, start), earlier) is None:
                code, severity = "flat_never_charged", Severity.warning
            elif not always_charged and _may_begin_later(candidate.restrictions):
                code, severity = "flat_mid_session", Severity.hint
            else:
                continue
            yield LintFinding(code, severity, tariff.id, candidate.element_index, contest.facts(candidate))


def _stand_ins(tariff: Tariff, space: Space, contest: Contest) -> tuple[Box, ...]:
    """Return the boxes that price a dimension where its own do not: reserved time stands in for expired one."""
    if contest.reservation != RESERVATION_EXPIRES or contest.type is not ComponentType.time:
        return ()
    return tuple(space.boxes[each.element_index] for each in candidates(tariff, contest.type, RESERVATION))


def _measured_or_not(space: Space, contest: Contest) -> Box | None:
    """Return all that may be reported while charging on a valid day; where nothing flows, nothing is measured."""
    if contest.reservation is not None or contest.type is ComponentType.parking_time:
        return None
    box = startable(space) if contest.type is ComponentType.flat else space.everything()
    return (box[0], box[1] & space.valid_days, *box[2:])


def _may_begin_later(rules: Restrictions | None) -> bool:
    """Tell whether restrictions may begin to match during a session; what only ends them cannot."""
    if rules is None:
        return False
    flows = (rules.min_current, rules.max_current, rules.min_power, rules.max_power)
    moments = (rules.start_time, rules.end_time, rules.start_date)
    return (
        bool(rules.days_of_week or rules.min_kwh or rules.min_duration_seconds)
        or any(each is not None for each in moments)
        or any(each is not None for each in flows)
    )

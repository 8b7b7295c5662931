"""Contradictions in tariffs, found before they cost somebody money.

Pure: a tariff is judged by itself, without a clock, so nothing is called out of date. Severities: with an ``error``
the tariff cannot mean what it says, a ``warning`` is probably a mistake, a ``hint`` is worth a look. What is looked for
lives in ``linting``; reading tariffs from a file, and telling people, is the command line's (``chargehand tariff``).
"""

from collections.abc import Iterator, Sequence

from api.domain.pricing.linting.fields import find_contradictions, find_field_mistakes, find_short_end_times
from api.domain.pricing.linting.finding import LintFinding, Severity, merged, worst_first
from api.domain.pricing.linting.gaps import find_gaps, find_late_flats
from api.domain.pricing.linting.reach import find_unreachable
from api.domain.pricing.linting.reservations import find_reservation_mistakes
from api.domain.pricing.linting.space import TooComplex, space_of
from api.domain.pricing.linting.taxes import find_tax_mistakes
from api.domain.pricing.linting.whole import find_across, find_tariff_mistakes
from api.domain.pricing.tariff import Tariff

__all__ = ["LintFinding", "Severity", "lint_tariffs"]


def lint_tariffs(tariffs: Sequence[Tariff]) -> tuple[LintFinding, ...]:
    """Return all findings, tariff by tariff, worst first, then those across tariffs.

    A tariff that is given several times, as feeds that embed tariffs do, is told about once.
    """
    different = dict.fromkeys(tariffs)
    found = [finding for each in different for finding in worst_first(merged(_of_one(each)))]
    return (*found, *worst_first(find_across(tuple(different))))


def _of_one(tariff: Tariff) -> Iterator[LintFinding]:
    yield from find_tariff_mistakes(tariff)
    yield from find_tax_mistakes(tariff)
    yield from find_reservation_mistakes(tariff)
    yield from find_field_mistakes(tariff)
    yield from find_short_end_times(tariff)
    try:
        space = space_of(tariff)
        yield from find_contradictions(tariff, space)
        yield from find_gaps(tariff, space)
        yield from find_late_flats(tariff, space)
        unknown = _with_unknown_rules(tariff)
        yield from (each for each in find_unreachable(tariff, space) if each.element not in unknown)
    except TooComplex:
        yield LintFinding("too_complex_to_check", Severity.warning, tariff.id, None, {"size": len(tariff.elements)})


def _with_unknown_rules(tariff: Tariff) -> set[int]:
    """Return the elements with restrictions that we do not know: whether they ever apply is not for us to say."""
    rules = ((index, element.restrictions) for index, element in enumerate(tariff.elements))
    return {index for index, each in rules if each is not None and each.unknown}

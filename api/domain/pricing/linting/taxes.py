"""Tax rates that are missing, that differ, that cannot be meant, or that a tariff says it has none of."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from api.domain.pricing.breakdown import plain
from api.domain.pricing.linting.finding import LintFinding, Severity
from api.domain.pricing.select import Candidate, candidates
from api.domain.pricing.tariff import (
    RESERVATION,
    RESERVATION_EXPIRES,
    ComponentType,
    Tariff,
    TaxIncluded,
)

# Nobody taxes electricity below or above: a rate below was meant as a share of one, and one above is a slip.
LOWEST_RATE: Final = Decimal(1)
HIGHEST_RATE: Final = Decimal(50)


def find_tax_mistakes(tariff: Tariff) -> Iterator[LintFinding]:
    """Yield what is odd about the ``vat`` of a tariff's components."""
    priced = [
        (index, component)
        for index, element in enumerate(tariff.elements)
        for component in element.components
        if component.price
    ]
    for index, component in priced:
        rate = component.vat
        if rate is not None and rate and not LOWEST_RATE <= rate <= HIGHEST_RATE:
            facts: dict[str, object] = {"components": [component.type.value], "vat": plain(rate)}
            yield LintFinding("vat_implausible", Severity.warning, tariff.id, index, facts)
    known = [index for index, component in priced if component.vat is not None]
    unknown = [index for index, component in priced if component.vat is None]
    if tariff.tax_included is TaxIncluded.not_applicable:
        if known:
            yield LintFinding(
                "vat_not_applicable", Severity.warning, tariff.id, known[0], {"elements": sorted({*known})}
            )
        return
    if known and unknown:
        missing = [component.type.value for index, component in priced if component.vat is None and index == unknown[0]]
        facts = {"elements": sorted({*unknown}), "components": missing}
        yield LintFinding("tax_partly_unknown", Severity.warning, tariff.id, unknown[0], facts)
    for reservation in (None, RESERVATION, RESERVATION_EXPIRES):
        for type_ in ComponentType:
            yield from _differing(tariff, candidates(tariff, type_, reservation))


def _differing(tariff: Tariff, found: tuple[Candidate, ...]) -> Iterator[LintFinding]:
    """Yield one finding when a dimension is taxed at several rates."""
    rated = [each for each in found if each.component.price and each.component.vat is not None]
    rates = list(dict.fromkeys(each.component.vat for each in rated if each.component.vat is not None))
    if len(rates) > 1:
        odd = next(each for each in rated if each.component.vat == rates[1])
        facts: dict[str, object] = {
            "components": [odd.component.type.value],
            "elements": [each.element_index for each in rated],
            "rates": [plain(each) for each in rates],
        }
        yield LintFinding("vat_differs", Severity.warning, tariff.id, odd.element_index, facts)

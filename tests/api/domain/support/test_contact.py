"""Which line is the best: open, then language, then cost, in one order; and countries as pages name their zones."""

from itertools import permutations

import pytest

from api.domain.support.contact import Line, Toll, matched, ranked
from api.domain.support.countries import COUNTRIES, country_of, zone_called
from api.domain.support.hours import Answering
from tests.api.domain.support.test_hours import at

OPEN_DE = Answering(True, ("de",), None)
OPEN_EN = Answering(True, ("en",), None)
CLOSED = Answering(False, (), at("2026-01-05 07:00"))
CLOSED_LONGER = Answering(False, (), at("2026-01-06 07:00"))


@pytest.mark.capability("CP09", "CP15")
def test_open_comes_before_language_and_language_before_cost() -> None:
    """In whatever order the lines come; of closed ones the first to open, and unknown hours lie between."""
    expected = [
        Line("a", "+1", Toll.PAID, OPEN_DE),
        Line("b", "+2", Toll.FREE, OPEN_EN),
        Line("c", "+3", Toll.NATIONAL, OPEN_EN),
        Line("d", "+3", Toll.UNKNOWN, OPEN_EN),
        Line("e", "+3", Toll.PAID, Answering(True, (), None)),
        Line("f", "+3", Toll.FREE, None),
        Line("g", "+4", Toll.PAID, CLOSED),
        Line("h", "+3", Toll.FREE, CLOSED_LONGER),
    ]
    for order in list(permutations(expected))[::997]:
        assert ranked(order, ["de", "en"]) == expected


def test_equal_lines_have_one_order() -> None:
    """By number, then by entry."""
    lines = [Line(key, number, Toll.FREE, OPEN_DE) for key, number in (("a", "+2"), ("c", "+1"), ("b", "+1"))]
    assert [each.key for each in ranked(lines, ["fr"])] == ["b", "c", "a"]


def test_a_doubtful_language_matches_nobody() -> None:
    """It is shown as it was written, but nobody is sent there for it."""
    assert matched(Line("a", "+1", Toll.FREE, OPEN_DE, frozenset({"de"})), ["de"]) == 1
    assert matched(Line("a", "+1", Toll.FREE, OPEN_DE), ["en", "de"]) == 1


@pytest.mark.capability("CP06")
def test_a_zone_is_the_countrys_own_where_the_clocks_agree() -> None:
    """CET in Austria is Vienna's clock, in Portugal it is not Lisbon's; GMT goes to summer time with London."""
    assert zone_called("CET", country_of("AT")) == "Europe/Vienna"
    assert zone_called("CET", country_of("PRT")) == "Europe/Brussels"
    assert zone_called("CET", None) == "Europe/Brussels"
    assert (zone_called("GMT", country_of("GB")), zone_called("GMT", country_of("IE"))) == (
        "Europe/London",
        "Europe/Dublin",
    )
    assert zone_called("ET", country_of("CA")) == "America/Toronto"
    assert zone_called("XYZ", None) is None


def test_every_country_has_a_zone_that_exists() -> None:
    """And codes that lead back to it."""
    assert len(COUNTRIES) >= 45
    for each in COUNTRIES.values():
        assert zone_called("CET", each) in {each.zone, "Europe/Brussels"}
        assert country_of(each.alpha3) is each

"""What ``lint`` finds, and what it leaves alone (most tariffs are in ``lint_cases``)."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from api.domain.pricing.lint import Severity, lint_tariffs
from api.domain.pricing.linting.sentences import CODES
from api.domain.pricing.tariff import Restrictions, Tariff
from tests.api.domain.pricing.lint_cases import CASES
from tests.api.domain.pricing.lint_coverage_cases import DAY, NIGHT, PLAIN, YEAR, D, R
from tests.api.domain.pricing.make import charging, element, energy, flat, parking, tariff


def found(*tariffs: Tariff) -> list[tuple[str, int | None]]:
    """Return code with severity, and element, of each finding."""
    return [(f"{each.code} {each.severity}", each.element) for each in lint_tariffs(tariffs)]


@pytest.mark.parametrize(("code", "name", "place", "wrong", "right"), CASES, ids=[f"{c[0]}: {c[1]}" for c in CASES])
def test_mistake_is_found_and_its_like_is_not(
    code: str, name: str, place: int | None, wrong: Tariff, right: Tariff
) -> None:
    """A finding is reported with its severity and element, and not for a tariff that differs only in the mistake."""
    assert (code, place) in found(wrong)
    assert code not in [each for each, _ in found(right)]


def test_every_code_has_a_case() -> None:
    """No finding can be added without an example of it; the rest stands in tests of its own."""
    elsewhere = {"too_complex_to_check", "duplicate_id", "mixed_currencies"}
    assert {case[0].split()[0] for case in CASES} | elsewhere == {*CODES}


def test_plain_tariff_has_no_finding() -> None:
    """Ordinary tariffs are left alone: a day and a night price with a default, a blocking fee after free hours."""
    ordinary = tariff(
        element(flat("1"), energy("0.4"), charging("0")),
        element(parking("0"), when=R(max_duration_seconds=14_400)),
        element(parking("0"), when=replace(NIGHT, min_duration_seconds=14_400)),
        element(parking("6")),
    )
    assert found(ordinary) == found(PLAIN) == []


def test_order_that_would_work_is_named() -> None:
    """The blocking fee behind a free element is an error that names both and the order in which all of them apply."""
    late = replace(DAY, min_duration_seconds=14_400)
    elements = [
        element(energy("0.5")),
        element(charging("0"), parking("0"), when=DAY),
        element(charging("4.80"), parking("4.80"), when=late),
        element(charging("0"), parking("0"), when=replace(DAY, min_duration_seconds=30_000)),
        element(charging("0"), parking("0")),
    ]
    first = lint_tariffs([tariff(*elements)])[0]
    assert (first.code, first.severity, first.element) == ("zero_shadows_priced", Severity.error, 2)
    assert first.facts["free"] == [1]
    assert first.facts["components"] == ["time", "parking_time"]
    assert first.sentence == (
        "Element 2 never charges TIME at 4.8 and PARKING_TIME at 4.8, because element 1 comes first for free and "
        "already covers every case in which it could; put the elements in the order 3, 2, 1."
    )
    assert found(tariff(*(elements[each] for each in (0, 3, 2, 1, 4)))) == []


@pytest.mark.parametrize(
    ("rules", "when"),
    [
        ([R(days_of_week=frozenset(range(1, 7))), DAY], "on Sunday at 00:00"),
        ([R(max_kwh=D(50))], "from 50 kWh on"),
        ([R(min_kwh=D("0.5"))], "below 0.5 kWh"),
        ([R(min_duration_seconds=60)], "in the first 60 seconds"),
        ([R(max_duration_seconds=60)], "after 60 seconds"),
        ([R(min_current=D(32))], "below 32 A"),
        ([R(max_power=D(22))], "from 22 kW on"),
        ([R(start_date=date(2026, 5, 4))], "on Monday 2026-04-27"),
        ([R(max_power=D(22)), R(min_power=D(22))], "when the power is not reported"),
        ([R(min_power=D(0))], "when the power is not reported"),
        ([R(max_current=D(16), days_of_week=frozenset({7})), R(min_current=D(16))], "on Monday, below 16 A"),
    ],
)
def test_example_says_when(rules: Sequence[Restrictions], when: str) -> None:
    """A gap comes with a moment at which it is open, in words."""
    gap = lint_tariffs([tariff(*(element(energy("1"), when=each) for each in rules))])[0]
    assert gap.facts["when"] == when
    assert f"ENERGY {when}" in gap.sentence


def test_worst_come_first_within_a_tariff() -> None:
    """Findings stand tariff by tariff, errors before warnings before hints, then by element; common ones come last."""
    bad = tariff(element(charging("2", step=0)), element(energy("-1")), element(energy("99"), when=DAY))
    other = tariff(element(charging("2")), id_="T2", currency="CHF")
    findings = lint_tariffs([bad, other])
    assert [each.tariff_id for each in findings] == ["T1"] * (len(findings) - 2) + ["T2", ""]
    order = [(["error", "warning", "hint"].index(each.severity), each.element or 0) for each in findings[:-2]]
    assert order == sorted(order)


def test_currencies_that_mix_are_named() -> None:
    """Tariffs in two currencies are told with who uses which; one currency is no finding."""
    findings = lint_tariffs([PLAIN, replace(PLAIN, id="T2", currency="CHF")])
    assert [(each.code, each.facts) for each in findings] == [
        ("mixed_currencies", {"currencies": {"EUR": ["T1"], "CHF": ["T2"]}})
    ]
    assert found(PLAIN, replace(PLAIN, id="T2")) == []


def test_id_with_two_contents_is_an_error() -> None:
    """An id, whatever its case, has one content; the same content again, or newer, is told about once or not at all."""
    dearer = replace(tariff(element(energy("0.4"))), id="t1")
    assert found(PLAIN, dearer) == [("duplicate_id error", None)]
    assert found(PLAIN, PLAIN, replace(PLAIN, last_updated=YEAR)) == []
    assert found(PLAIN, replace(dearer, party_id="ABC")) == []
    assert len(lint_tariffs([tariff(), tariff()])) == 1


def test_too_complex_is_said_and_not_guessed() -> None:
    """Beyond the limit of work nothing is claimed about who wins; what fields say by themselves is found even so."""
    steps = [element(energy("0.3"), when=R(min_power=D(each))) for each in range(1, 200)]
    assert found(tariff(*steps, element(energy("-1")))) == [
        ("negative_price error", 199),
        ("too_complex_to_check warning", None),
    ]
    assert ("gap warning", None) in found(tariff(*steps[:50]))


def test_every_finding_can_be_told() -> None:
    """Each finding has one sentence that leaves no placeholder open, and facts that are JSON."""
    many = [finding for case in CASES for finding in lint_tariffs([case[3], replace(case[3], currency="SEK")])]
    for each in many:
        assert each.sentence.endswith(".")
        assert "{" not in each.sentence
        assert "None" not in each.sentence
        assert each.element is None or f"lement {each.element}" in each.sentence or "lements " in each.sentence
        assert json.loads(json.dumps(each.facts)) == each.facts

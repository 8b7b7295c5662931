"""``chargehand tariff lint``: which tariffs of a file are looked at, how findings are shown, and the exit codes.

The rules themselves are stood in for, but in the last tests: they have their own tests.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest

from api.domain.pricing.lint import Severity
from api.domain.pricing.tariff import Tariff
from tests.api.cli.running import run, write
from tests.clients.ocpi.samples import a_location, a_tariff, an_evse
from tests.clients.ocpi.shared import shared_file


@dataclass(frozen=True, slots=True)
class _Finding:
    code: str
    severity: Severity
    tariff_id: str
    element: int | None
    facts: dict[str, object] = field(default_factory=dict)
    sentence: str = "It is odd."


@dataclass
class _Rules:
    """Stands in for the rules: remembers what it was given and finds what it was told to find."""

    findings: tuple[_Finding, ...] = ()
    seen: list[str] = field(default_factory=list)

    def lint_tariffs(self, tariffs: Sequence[Tariff]) -> tuple[_Finding, ...]:
        self.seen = [each.id for each in tariffs]
        return self.findings


@pytest.fixture
def rules(monkeypatch: pytest.MonkeyPatch) -> _Rules:
    """Return rules that find nothing until they are told to."""
    stand_in = _Rules()
    monkeypatch.setattr("api.domain.pricing.lint.lint_tariffs", stand_in.lint_tariffs)
    return stand_in


FEED = [a_location(evses=[an_evse(tariffs=[a_tariff(id="a"), a_tariff(id="b")]), an_evse(tariffs=[a_tariff(id="a")])])]


@pytest.mark.parametrize(
    ("content", "ids"),
    [
        (a_tariff(id="a"), ["a"]),
        ([a_tariff(id="a"), a_tariff(id="b"), a_tariff(id="a")], ["a", "b"]),
        ([a_tariff(id="a"), a_tariff(id="a", currency="CHF")], ["a", "a"]),
        ({"status_code": 1000, "data": [a_tariff(id="a")]}, ["a"]),
        (FEED, ["a", "b"]),
        (FEED[0], ["a", "b"]),
        ({"next": None, "items": [*FEED, a_location(evses=None)]}, ["a", "b"]),
    ],
)
def test_the_tariffs_of_a_file_are_found_once_each(
    tmp_path: Path, rules: _Rules, content: object, ids: list[str]
) -> None:
    """One tariff, a list, an answer, or locations with tariffs on their EVSEs; what is repeated is looked at once."""
    result = run("tariff", "lint", write(tmp_path, "f.json", content))
    assert (result.exit_code, rules.seen) == (0, ids)
    assert result.stdout == f"tariffs {len(ids)}, errors 0, warnings 0, hints 0\n"


def test_findings_are_sentences_with_a_place_and_an_error_is_exit_code_1(tmp_path: Path, rules: _Rules) -> None:
    """Severity, tariff, element, sentence and code on one line each, then the counts."""
    rules.findings = (
        _Finding("element_unreachable", Severity.error, "a", 2),
        _Finding("vat_missing", Severity.hint, "[red]a\x1b", None),
    )
    result = run("tariff", "lint", write(tmp_path, "f.json", a_tariff()))
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "error: a, element 2: It is odd. (element_unreachable)",
        "hint: [red]a�: It is odd. (vat_missing)",
        "tariffs 1, errors 1, warnings 0, hints 1",
    ]


@pytest.mark.parametrize(("severity", "code"), [("error", 1), ("warning", 0), ("hint", 0)])
def test_findings_as_json(tmp_path: Path, rules: _Rules, severity: str, code: int) -> None:
    """Every field of a finding, its numbers as strings; only an error changes the exit code."""
    rules.findings = (_Finding("gap", Severity(severity), "a", 0, {"price": Decimal("1E+1"), "elements": [1]}),)
    result = run("tariff", "lint", write(tmp_path, "f.json", a_tariff()), "--json", "--time-zone", "Europe/Berlin")
    found = {
        "code": "gap",
        "severity": severity,
        "tariff_id": "a",
        "element": 0,
        "facts": {"price": "10", "elements": [1]},
        "sentence": "It is odd.",
    }
    assert (result.exit_code, json.loads(result.stdout)) == (code, {"tariffs": 1, "findings": [found]})


@pytest.mark.parametrize(
    ("content", "options", "told"),
    [
        (b"{", [], "f.json: not JSON: "),
        ([], [], "f.json: holds no tariff"),
        (a_location(), [], "f.json: holds no tariff"),
        ({"items": 3}, [], "f.json: not a tariff of OCPI 2.2.1: "),
        ([a_tariff(), {"id": "x"}], [], "f.json: [1]: not a tariff of OCPI 2.2.1: "),
        (a_tariff(max_price={"net": 9}), ["--version", "2.3.0"], "f.json: not a tariff of OCPI 2.3.0: max_price: "),
        (a_tariff(), ["--version", "9"], "--version: '9' is none of "),
        (a_tariff(), ["--time-zone", "Mars"], "--time-zone: 'Mars' is no IANA time zone"),
    ],
)
def test_a_file_that_cannot_be_linted(
    tmp_path: Path, rules: _Rules, content: object, options: list[str], told: str
) -> None:
    """Bad input is exit code 2 and one line on stderr, as for prices."""
    result = run("tariff", "lint", write(tmp_path, "f.json", content), *options)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert result.stderr.startswith("chargehand: ")
    assert told in result.stderr


def test_a_free_element_before_a_priced_one_is_an_error(tmp_path: Path) -> None:
    """The real rules at work: the fee after an hour never applies, for the free hour before it has no end."""
    parts = [{"type": "TIME", "price": price, "step_size": 1} for price in (0, 4)]
    elements = [
        {"price_components": [parts[0]], "restrictions": {"start_time": "08:00", "end_time": "20:00"}},
        {
            "price_components": [parts[1]],
            "restrictions": {"start_time": "08:00", "end_time": "20:00", "min_duration": 3600},
        },
    ]
    result = run("tariff", "lint", write(tmp_path, "f.json", a_tariff(elements=elements)), "--json")
    found = json.loads(result.stdout)["findings"]
    assert result.exit_code == 1
    assert [(each["code"], each["element"]) for each in found if each["severity"] == "error"] == [
        ("zero_shadows_priced", 1)
    ]


def test_a_real_feed_is_linted() -> None:
    """The Ludwigsburg feed is a page of locations: two of its tariffs have a blocking fee that never applies."""
    result = run("tariff", "lint", shared_file("data/locations/ludwigsburg.json"), "--json")
    found = json.loads(result.stdout)
    shadowed = {each["tariff_id"] for each in found["findings"] if each["code"] == "zero_shadows_priced"}
    assert (result.exit_code, found["tariffs"], shadowed) == (1, 5, {"22132ac", "22132dc"})

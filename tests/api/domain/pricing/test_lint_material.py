"""``lint`` on an operator's real tariffs and on the specification's examples, when the shared folder is there.

Judged by hand: the examples hold no contradiction, so no error; what is reported about them is true and deliberate
there (free parking at times, or at all; a text beside the elements).
"""

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from api.domain.pricing.lint import lint_tariffs
from api.domain.pricing.tariff import Tariff
from tests.api.domain.pricing.ocpi import read_tariff
from tests.api.domain.pricing.test_vectors import SHARED

FEED = SHARED / "data" / "locations" / "ludwigsburg.json"
EXAMPLES = SHARED / "ocpi" / "examples"
PARKING_FREE, TEXT = ("parking_free", 0), ("text_beside_elements", None)
# (example, what is found); an example that is not listed has no finding.
FOUND = {
    "tariff_11_not_possible_alt_text": [TEXT, PARKING_FREE],
    "tariff_14_step_size": [("gap", None)],  # parking after 20:00
    "tariff_19_simple_north_american_exclusive": [PARKING_FREE],
    "tariff_1_simple_2hour": [PARKING_FREE],
    "tariff_20_simple_north_american_inclusive": [PARKING_FREE],
    "tariff_2_alt_text": [TEXT, PARKING_FREE],
    # parking at night and on Sundays; charging with a current that is not reported or varies around 32 A
    "tariff_4_complex": [("gap", None), ("missing_fallback", None)],
    "tariff_put_example": [PARKING_FREE],
}
PATHS = sorted(EXAMPLES.glob("2.*/tariff*.json"))


def read(path: Path) -> Any:
    """Return a JSON file with exact numbers."""
    return json.loads(path.read_text(), parse_float=Decimal)


def with_texts(raw: dict[str, Any]) -> Tariff:
    """Return the tariff of an OCPI object with its texts; restrictions may be in a list, as the feed has them."""
    elements = [
        {**each, "restrictions": next(iter(rules), None) if isinstance(rules, list) else rules}
        for each in raw["elements"]
        for rules in [each.get("restrictions")]
    ]
    texts = tuple((each["language"], each["text"]) for each in raw.get("tariff_alt_text", ()))
    return replace(read_tariff({**raw, "elements": elements}), texts=texts, url=raw.get("tariff_alt_url"))


@pytest.mark.skipif(not FEED.exists(), reason="the shared folder is not on this machine")
def test_blocking_fees_of_the_feed_that_are_never_charged() -> None:
    """Of five real tariffs two have a blocking fee behind a free element; the order that works is told."""
    evses = [evse for item in read(FEED)["items"] for evse in item["evses"]]
    tariffs = [with_texts(raw) for evse in evses for raw in evse.get("tariffs", ())]
    assert len({*tariffs}) == 5
    findings = lint_tariffs(tariffs)
    assert [(each.tariff_id, each.code, each.severity, each.element) for each in findings] == [
        (id_, *rest)
        for id_ in ("22132ac", "22132dc")
        for rest in (
            ("zero_shadows_priced", "error", 2),
            ("short_end_time", "hint", 1),
            ("unreachable_element", "hint", 3),
        )
    ]
    for each in findings:
        if each.code == "zero_shadows_priced":
            assert (each.facts["free"], each.facts["order"]) == ([1], [3, 2, 1])
            assert "Element 2" in each.sentence
            assert "element 1" in each.sentence
        if each.code == "short_end_time":
            assert (each.facts["elements"], each.facts["missing_seconds"]) == ([1, 2, 3], 1)


@pytest.mark.skipif(not PATHS, reason="the shared folder is not on this machine")
def test_examples_of_the_specification_hold_what_was_judged() -> None:
    """Every tariff example of both versions is read, and has the findings judged right, of which none is an error."""
    assert len(PATHS) == 42
    for path in PATHS:
        findings = lint_tariffs([with_texts(read(path))])
        assert [(each.code, each.element) for each in findings] == FOUND.get(path.stem, []), path
        assert "error" not in [each.severity for each in findings]

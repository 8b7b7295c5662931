"""Tests of ``clients.ocpi.pricing``: which version files are in, and that each version's tariffs can be read."""

from pathlib import Path
from typing import Any

import pytest

from api.domain.pricing.tariff import TaxIncluded
from clients.ocpi.dialect import UnknownVersion
from clients.ocpi.exact_json import parse
from clients.ocpi.pricing import VERSIONS, detect_version, embedded_tariffs, pricing_dialect_for
from tests.clients.ocpi.samples import a_cdr, a_session, a_tariff
from tests.clients.ocpi.shared import SHARED, examples, shared_file

PLAIN: dict[str, Any] = {
    "id": "a",
    "currency": "EUR",
    "elements": [{"price_components": [{"type": "TIME", "price": 1}]}],
}
OLD_SESSION = {"start_datetime": "2025-01-01T00:00:00Z", "end_datetime": "2025-01-01T01:00:00Z"}
OLD_CDR = {"start_date_time": "2025-01-01T00:00:00Z", "stop_date_time": "2025-01-01T01:00:00Z"}
NEW_CDR = {"start_date_time": "2025-01-01T00:00:00Z", "total_cost": {"before_taxes": 1, "taxes": []}}


def _with(part: str, **fields: object) -> dict[str, Any]:
    """Return the plain tariff with fields in its only element or in that element's only price."""
    element = PLAIN["elements"][0]
    if part == "component":
        return PLAIN | {"elements": [{"price_components": [element["price_components"][0] | fields]}]}
    return PLAIN | {"elements": [element | {part: fields}]}


@pytest.mark.parametrize(
    ("tariff", "stay", "version"),
    [
        (PLAIN, None, "2.2.1"),
        (PLAIN, {}, "2.2.1"),
        (PLAIN, a_session(), "2.2.1"),
        (PLAIN, OLD_SESSION, "2.1.1"),
        (PLAIN, OLD_CDR, "2.1.1"),
        (PLAIN, {"auth_id": "x"}, "2.1.1"),
        (PLAIN, NEW_CDR, "2.3.0"),
        (PLAIN | {"tax_included": "NO"}, OLD_CDR, "2.3.0"),
        (PLAIN | {"min_price": {"before_taxes": 1}}, None, "2.3.0"),
        (PLAIN | {"max_price": {"excl_vat": 1}}, NEW_CDR, "2.2.1"),
        (PLAIN | {"max_price": {"excl_vat": 1}}, OLD_CDR, "2.2.1"),
        (PLAIN | {"party_id": "WPX"}, OLD_CDR, "2.2.1"),
        (_with("component", vat=10), OLD_CDR, "2.2.1"),
        (_with("restrictions", reservation="RESERVATION"), OLD_CDR, "2.2.1"),
        (_with("restrictions", max_power=10), OLD_CDR, "2.1.1"),
        (a_tariff(), a_cdr(), "2.2.1"),
        (None, None, "2.2.1"),
        ({"elements": 1, "min_price": 1}, [], "2.2.1"),
        ({"elements": [1, {"price_components": 1}]}, OLD_CDR, "2.1.1"),
    ],
)
def test_the_version_is_seen(tariff: object, stay: object, version: str) -> None:
    """Marks of the tariff count before those of the stay, so that no tax and no limit is lost by reading too early."""
    assert detect_version([tariff], stay) == version


def test_one_tariff_of_a_list_shows_the_version_of_all() -> None:
    """A partner speaks one version; a tariff without marks is in the version of the one beside it."""
    assert detect_version([PLAIN, PLAIN | {"tax_included": "YES"}]) == "2.3.0"


def test_only_versions_that_can_be_read_are_chosen() -> None:
    """Each version has its dialect, and any other is refused with its name."""
    assert [pricing_dialect_for(version).version for version in VERSIONS] == list(VERSIONS)
    with pytest.raises(UnknownVersion) as failure:
        pricing_dialect_for("2.2")
    assert failure.value.facts == {"version": "2.2"}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_tariff_without_marks_reads_the_same_in_every_version(version: str) -> None:
    """What all versions spell alike means the same in all."""
    assert pricing_dialect_for(version).read_tariff(PLAIN) == pricing_dialect_for("2.2.1").read_tariff(PLAIN)


EXAMPLES = [(version, file) for version in ("2.2.1", "2.3.0") for file in examples(version)]


@pytest.mark.parametrize(
    ("version", "file"),
    [each for each in EXAMPLES if each[1].name.startswith("tariff_")] or [("2.2.1", SHARED / "none.json")],
    ids=lambda each: each.stem if isinstance(each, Path) else each,
)
def test_every_tariff_example_reads_in_the_version_it_shows(version: str, file: Path) -> None:
    """Each tariff of the specification is seen to be in its version and reads."""
    if not file.is_file():
        pytest.skip("the specification's examples are not here")
    raw = parse(file.read_bytes())
    assert detect_version([raw]) == version
    assert pricing_dialect_for(version).read_tariff(raw).elements


@pytest.mark.parametrize("version", ["2.2.1", "2.3.0"])
@pytest.mark.parametrize("name", ["cdr_example", "session_example_2_short_finished"])
def test_every_stay_example_reads(version: str, name: str) -> None:
    """The specification's bill and its finished session read, with the tariff in the bill that lacks tax_included."""
    raw = parse(shared_file(f"ocpi/examples/{version}/{name}.json").read_bytes())
    assert isinstance(raw, dict)
    tariffs = raw.get("tariffs", [])
    assert detect_version(tariffs, raw) == version
    dialect = pricing_dialect_for(version)
    assert dialect.read_stay(raw).periods
    assert {dialect.read_tariff(each).tax_included for each in tariffs} <= {TaxIncluded.no}


def test_the_tariffs_of_a_real_feed_are_found_and_read() -> None:
    """The Ludwigsburg feed has its tariffs on the EVSEs; they show no mark of another version."""
    feed = parse(shared_file("data/locations/ludwigsburg.json").read_bytes())
    assert isinstance(feed, dict)
    raw = [tariff for location in feed["items"] for tariff in embedded_tariffs(location)]
    assert detect_version(raw) == "2.2.1"
    assert len({pricing_dialect_for("2.2.1").read_tariff(each) for each in raw}) > 1

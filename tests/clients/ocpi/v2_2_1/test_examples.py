"""Everything the specification itself shows for 2.2.1, and a real operator's feed, can be read.

The known errors of the specification's material (ocpi.md 2) are tolerated: a tariff without last_updated, an EVSE with
``floor`` and a numeric reference, coordinates the wrong way round.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from api.domain.pricing.tariff import ComponentType
from clients.ocpi.dialect import dialect_for
from clients.ocpi.exact_json import dump, parse
from clients.ocpi.fields import read_as
from clients.ocpi.tariff_parts import DisplayText
from tests.clients.ocpi.shared import SHARED, examples, shared_file

DIALECT = dialect_for("2.2.1")
READERS: dict[str, Callable[[object], object]] = {
    "cdr_": DIALECT.read_cdr,
    "credentials_": DIALECT.read_credentials,
    "location_example": DIALECT.read_location,
    "location_patch_example_location": DIALECT.read_location_patch,
    "location_patch_example_remove_evse": DIALECT.read_evse_patch,
    "location_patch_example_status": DIALECT.read_evse_patch,
    "location_patch_example_tariff": DIALECT.read_connector_patch,
    "location_put": DIALECT.read_evse,
    "session_example": DIALECT.read_session,
    "session_patch": DIALECT.read_session_patch,
    "tariff_": DIALECT.read_tariff,
    "tariffrestriction_": DIALECT.read_tariff,
    "type_displaytext": lambda raw: read_as(DisplayText, raw),
    "version_details": DIALECT.read_endpoints,
}
NOT_READ = (
    "location_energymix",
    "location_hours",
    "location_regularhours",
    "token_",
    "transport_and_format",
    "versions_info",
)
"""Parts we have no use for, our own tokens, and versions, which the handshake reads."""


@pytest.mark.parametrize("file", examples() or [SHARED / "ocpi/examples/2.2.1"], ids=lambda file: file.stem)
def test_every_example_is_readable(file: Path) -> None:
    """Each example object reads; a new kind of example would have to be placed here first."""
    if not file.is_file():
        pytest.skip("the specification's examples are not here")
    readers = [read for start, read in READERS.items() if file.name.startswith(start)]
    if not readers:
        assert file.name.startswith(NOT_READ)
        pytest.skip("no object of ours")
    text = file.read_text().strip()
    raw = parse((text if text.startswith("{") else "{" + text + "}").encode())
    assert readers[0](raw)
    assert json.loads(dump(raw)) == json.loads(text if text.startswith("{") else "{" + text + "}")


def test_the_known_errors_of_the_examples_are_tolerated() -> None:
    """The two objects that break the specification's own rules say what they mean."""
    folder = shared_file("ocpi/examples/2.2.1")
    evse = DIALECT.read_evse(parse((folder / "location_put_example_add_evse.json").read_bytes()))
    assert (evse.physical_reference, evse.floor_level) == ("3", "-1")
    assert evse.connectors[0].last_updated == evse.last_updated
    tariff = DIALECT.read_tariff(parse((folder / "tariff_put_example.json").read_bytes()))
    assert tariff.last_updated is None


def test_the_energy_of_the_session_examples_is_in_kwh() -> None:
    """The finished example says 41.12 kWh and lists its periods in Wh: they add up after reading."""
    raw = parse(shared_file("ocpi/examples/2.2.1/session_example_2_short_finished.json").read_bytes())
    session = DIALECT.read_session(raw)
    energy = [d.volume for p in session.charging_periods for d in p.dimensions if d.type.value == "energy"]
    assert sum(energy) == session.kwh


def test_a_real_feed_is_read_whole() -> None:
    """Every location, EVSE and embedded tariff of the Ludwigsburg feed reads, and the tariffs belong together."""
    feed = parse(shared_file("data/locations/ludwigsburg.json").read_bytes())
    assert isinstance(feed, dict)
    locations = [DIALECT.read_location(raw) for raw in feed["items"]]
    evses = [evse for location in locations for evse in location.evses]
    assert (len(locations), len(evses)) == (100, 273)
    assert {location.country for location in locations} == {"DEU"}
    assert not any(evse.physical_reference for evse in evses)
    assert not any(location.time_zone_assumed for location in locations)
    embedded = [raw for location in feed["items"] for raw in DIALECT.embedded_tariffs(location)]
    tariffs = {tariff.id: tariff for tariff in map(DIALECT.read_tariff, embedded)}
    named = {tariff_id for evse in evses for connector in evse.connectors for tariff_id in connector.tariff_ids}
    assert named == set(tariffs)
    assert {tariff.party_id for tariff in tariffs.values()} == {"SLB"}
    assert all(component.vat is None for t in tariffs.values() for e in t.elements for component in e.components)


def test_the_price_by_day_of_the_real_feed() -> None:
    """A price that starts after some hours by day keeps its window, its duration and its zero before it."""
    feed = parse(shared_file("data/locations/ludwigsburg.json").read_bytes())
    assert isinstance(feed, dict)
    raw = DIALECT.embedded_tariffs(feed["items"][0])[0]
    elements = DIALECT.read_tariff(raw).elements
    assert elements[0].restrictions is None
    assert [component.type for component in elements[0].components] == [ComponentType.energy]
    by_day, later = elements[1].restrictions, elements[2].restrictions
    assert by_day is not None
    assert later == replace(by_day, min_duration_seconds=14460)

"""Tests of the 2.2.1 mapping of Location, EVSE and Connector."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from api.domain.ids import PartyId
from api.domain.roaming.location import BusinessDetails, Connector, Evse, EvseStatus, Location
from clients.ocpi.dialect import Unreadable, dialect_for
from tests.clients.ocpi.samples import a_connector, a_location, a_tariff, an_evse

DIALECT = dialect_for("2.2.1")
MARCH_1 = datetime(2025, 3, 1, 8, tzinfo=UTC)
CONNECTOR = Connector(
    id="2",
    standard="iec_62196_t2",
    format="cable",
    power_type="ac_3_phase",
    last_updated=MARCH_1,
    max_voltage=230,
    max_amperage=32,
    tariff_ids=("day",),
)
EVSE = Evse(
    uid="evse-7",
    status=EvseStatus.AVAILABLE,
    last_updated=MARCH_1,
    evse_id="NL*WPX*E0007",
    physical_reference="13",
    floor_level="-1",
    capabilities=frozenset({"remote_start_stop_capable", "rfid_reader"}),
    connectors=(CONNECTOR,),
)


def test_a_location_is_read_whole() -> None:
    """Every field we use arrives, in our words."""
    assert DIALECT.read_location(a_location()) == Location(
        country_code="NL",
        party_id="WPX",
        id="garage-1",
        address="Westerkade 30",
        city="Utrecht",
        country="NLD",
        latitude=Decimal("52.080193"),
        longitude=Decimal("5.122600"),
        time_zone="Europe/Amsterdam",
        last_updated=datetime(2025, 3, 2, 9, 30, tzinfo=UTC),
        name="Garage Vaartsche Rijn",
        postal_code="3511HB",
        publish=True,
        operator=BusinessDetails(name="Wegpunt", website="https://wegpunt.example"),
        evses=(EVSE,),
    )


def test_values_are_plain() -> None:
    """Nothing of the wire's own types leaves: texts are str, numbers Decimal or int."""
    location = DIALECT.read_location(a_location())
    connector = location.evses[0].connectors[0]
    assert {type(location.id), type(connector.id), type(connector.standard)} == {str}
    assert {type(location.latitude), type(connector.max_voltage)} == {Decimal, int}


def test_an_evse_and_a_connector_are_read_alone() -> None:
    """Pushed on their own they read as inside a location."""
    assert DIALECT.read_evse(an_evse()) == EVSE
    assert DIALECT.read_connector(a_connector()) == CONNECTOR


def test_children_without_a_time_take_that_of_what_is_around_them() -> None:
    """A connector without last_updated takes its EVSE's, an EVSE without its location's."""
    evse = an_evse(last_updated=None, connectors=[a_connector(last_updated=None)])
    read = DIALECT.read_location(a_location(evses=[evse])).evses[0]
    assert (read.last_updated, read.connectors[0].last_updated) == (datetime(2025, 3, 2, 9, 30, tzinfo=UTC),) * 2


@pytest.mark.parametrize("status", ["AVAILABLE", "OUTOFORDER", "available", "FLYING", None])
def test_statuses(status: str | None) -> None:
    """The one-word status is ours in two words; what we do not know is unknown, never an error."""
    expected = {"AVAILABLE": "available", "available": "available", "OUTOFORDER": "out_of_order"}
    assert DIALECT.read_evse(an_evse(status=status)).status.value == expected.get(str(status), "unknown")


def test_unknown_kinds_are_kept_in_our_spelling() -> None:
    """A connector standard or capability we never heard of is kept, lower case."""
    evse = DIALECT.read_evse(an_evse(capabilities=["TELEPORT"], connectors=[a_connector(standard="NACS_9")]))
    assert (evse.capabilities, evse.connectors[0].standard) == (frozenset({"teleport"}), "nacs_9")


@pytest.mark.parametrize(("sent", "read"), [("", None), ("  ", None), (None, None), (3, "3"), ("a" * 40, "a" * 40)])
def test_physical_references(sent: object, read: str | None) -> None:
    """An empty one is none, a number is its digits, a long one is kept."""
    assert DIALECT.read_evse(an_evse(physical_reference=sent)).physical_reference == read


def test_a_missing_zone_is_inferred_and_says_so() -> None:
    """The zone then comes from the country and is marked as assumed; a misspelled one too."""
    for sent in (None, "", "Europe/Utrecht", "../../etc/passwd", "Europe"):
        location = DIALECT.read_location(a_location(time_zone=sent))
        assert (location.time_zone, location.time_zone_assumed) == ("Europe/Amsterdam", True)
    assert not DIALECT.read_location(a_location()).time_zone_assumed


def test_an_unknown_country_without_zone_is_utc() -> None:
    """When nothing is known the zone is UTC, and assumed."""
    location = DIALECT.read_location(a_location(time_zone=None, country="ZZZ", country_code="ZZ"))
    assert (location.time_zone, location.time_zone_assumed) == ("UTC", True)


def test_countries_are_brought_to_one_spelling() -> None:
    """The site's country has three letters and the owner's two, however they were sent."""
    location = DIALECT.read_location(a_location(country="nl", country_code="NLD", party_id="wpx"))
    assert (location.country, location.country_code, location.party_id) == ("NLD", "NL", "WPX")


def test_a_location_without_an_owner_takes_the_one_given() -> None:
    """The address it was sent to, or the peer it was pulled from, says whose it is."""
    read = DIALECT.read_location(a_location(country_code="", party_id=None), PartyId("BE", "OWN"))
    assert (read.country_code, read.party_id, read.country) == ("BE", "OWN", "NLD")


def test_unpublished_stays_unpublished() -> None:
    """``publish`` false is honored; absent it is true."""
    assert DIALECT.read_location(a_location(publish=False)).publish is False
    assert DIALECT.read_location(a_location(publish=None)).publish is True


def test_tariffs_on_an_evse_name_the_tariffs_of_its_connectors() -> None:
    """A feed that embeds tariffs needs no tariff_ids; those a connector does name win."""
    tariff = a_tariff(id="embedded")
    silent = an_evse(tariffs=[tariff, {"id": None}, "x"], connectors=[a_connector(tariff_ids=None)])
    named = an_evse(tariffs=[tariff])
    assert DIALECT.read_evse(silent).connectors[0].tariff_ids == ("embedded",)
    assert DIALECT.read_evse(named).connectors[0].tariff_ids == ("day",)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id": None}, "id: "),
        ({"id": " "}, "id: missing or empty"),
        ({"country_code": ""}, "country_code: missing or empty"),
        ({"last_updated": "soon"}, "last_updated: not a date and time"),
        ({"coordinates": {"latitude": "91", "longitude": "0"}}, "coordinates: not on Earth"),
        ({"coordinates": {"latitude": "north", "longitude": "0"}}, "coordinates.latitude: not a number"),
        ({"evses": [{"status": "AVAILABLE"}]}, "evses[0]: "),
    ],
)
def test_what_makes_a_location_unreadable(changes: dict[str, object], reason: str) -> None:
    """Without an id, an owner, a time or a place there is nothing to store; the reason names the field."""
    with pytest.raises(Unreadable) as failure:
        DIALECT.read_location(a_location(**changes))
    assert failure.value.reason.startswith(reason)


def test_alone_an_evse_or_connector_must_say_when_it_changed() -> None:
    """Order of pushes is told by last_updated, so it may not be missing."""
    for read, raw in (
        (DIALECT.read_evse, an_evse(last_updated=None)),
        (DIALECT.read_connector, a_connector(last_updated=None)),
    ):
        with pytest.raises(Unreadable, match="last_updated"):
            read(raw)

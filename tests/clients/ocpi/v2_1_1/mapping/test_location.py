"""Tests of the 2.1.1 mapping of Location, EVSE and Connector."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from api.domain.roaming.location import BusinessDetails, Connector, Evse, EvseStatus, Location
from clients.ocpi.dialect import Unreadable, dialect_for
from tests.clients.ocpi.v2_1_1.samples import OWNER, a_connector, a_location, a_tariff, an_evse

DIALECT = dialect_for("2.1.1")
APRIL_1 = datetime(2025, 4, 1, 6, tzinfo=UTC)
APRIL_2 = datetime(2025, 4, 2, 7, 15, tzinfo=UTC)
CONNECTOR = Connector(
    id="A",
    standard="iec_62196_t2",
    format="socket",
    power_type="ac_3_phase",
    last_updated=APRIL_1,
    max_voltage=230,
    max_amperage=16,
    tariff_ids=("Kaj-dag",),
)
EVSE = Evse(
    uid="Uttag-21",
    status=EvseStatus.AVAILABLE,
    last_updated=APRIL_1,
    evse_id="SE*KAJ*E21",
    physical_reference="21",
    floor_level="0",
    capabilities=frozenset({"remote_start_stop_capable", "reservable"}),
    connectors=(CONNECTOR,),
)


def test_a_location_is_read_whole() -> None:
    """Every field we use arrives, in our words; the owner comes from outside."""
    assert DIALECT.read_location(a_location(), OWNER) == Location(
        country_code="SE",
        party_id="KAJ",
        id="Kaj-4",
        address="Packhusplatsen 4",
        city="Göteborg",
        country="SWE",
        latitude=Decimal("57.709190"),
        longitude=Decimal("11.958470"),
        time_zone="Europe/Stockholm",
        last_updated=APRIL_2,
        name="Packhuskajen",
        postal_code="41113",
        operator=BusinessDetails(name="Kajladdning", website="https://kaj.example"),
        evses=(EVSE,),
    )


def test_power_follows_from_volts_and_amperes() -> None:
    """2.1.1 states no power: 230 V to neutral and 16 A are 11 kW over three phases."""
    assert DIALECT.read_connector(a_connector()).power_w == 11040


def test_an_evse_and_a_connector_are_read_alone() -> None:
    """Pushed on their own they read as inside a location."""
    assert DIALECT.read_evse(an_evse()) == EVSE
    assert DIALECT.read_connector(a_connector()) == CONNECTOR


def test_children_without_a_time_take_that_of_what_is_around_them() -> None:
    """A connector without last_updated takes its EVSE's, an EVSE without its location's."""
    evse = an_evse(last_updated=None, connectors=[a_connector(last_updated=None)])
    read = DIALECT.read_location(a_location(evses=[evse]), OWNER).evses[0]
    assert (read.last_updated, read.connectors[0].last_updated) == (APRIL_2, APRIL_2)


@pytest.mark.parametrize("status", ["BLOCKED", "OUTOFORDER", "charging", "FLYING", None])
def test_statuses(status: str | None) -> None:
    """The one-word status is ours in two words; what we do not know is unknown, never an error."""
    expected = {"BLOCKED": "blocked", "OUTOFORDER": "out_of_order", "charging": "charging"}
    assert DIALECT.read_evse(an_evse(status=status)).status.value == expected.get(str(status), "unknown")


def test_a_missing_zone_is_inferred_and_says_so() -> None:
    """The zone is optional in 2.1.1: it then comes from the site's country or the owner's, and is marked as assumed."""
    for sent in (None, "", "Europe/Gothenburg"):
        location = DIALECT.read_location(a_location(time_zone=sent), OWNER)
        assert (location.time_zone, location.time_zone_assumed) == ("Europe/Stockholm", True)
    nowhere = DIALECT.read_location(a_location(time_zone=None, country=None), OWNER)
    assert (nowhere.country, nowhere.time_zone, nowhere.time_zone_assumed) == ("SWE", "Europe/Stockholm", True)
    assert not DIALECT.read_location(a_location(), OWNER).time_zone_assumed


def test_countries_are_brought_to_one_spelling() -> None:
    """Three letters are required and the chapter's own examples have two; both are understood."""
    assert DIALECT.read_location(a_location(country="se"), OWNER).country == "SWE"


def test_what_hubs_add_is_honored() -> None:
    """An owner inside the location wins over the one to assume, and an unpublished location stays so."""
    location = DIALECT.read_location(a_location(country_code="NO", party_id="fjd", publish=False), OWNER)
    assert (location.country_code, location.party_id, location.publish) == ("NO", "FJD", False)
    assert DIALECT.read_location(a_location(), OWNER).publish is True


def test_tariffs_on_an_evse_name_the_tariffs_of_its_connectors() -> None:
    """A feed that embeds tariffs needs no tariff_id; the one a connector does name wins. The owner is assumed."""
    silent = an_evse(tariffs=[a_tariff(id="inuti")], connectors=[a_connector(tariff_id=None)])
    named = an_evse(tariffs=[a_tariff(id="inuti")])
    assert DIALECT.read_evse(silent).connectors[0].tariff_ids == ("inuti",)
    assert DIALECT.read_evse(named).connectors[0].tariff_ids == ("Kaj-dag",)
    (raw,) = DIALECT.embedded_tariffs(a_location(evses=[silent, named]))
    assert DIALECT.read_tariff(raw, OWNER).party_id == "KAJ"


def test_numbers_where_texts_should_be() -> None:
    """The chapter's own example of a new EVSE has numbers for its reference and floor."""
    evse = DIALECT.read_evse(an_evse(physical_reference=3, floor_level=-1))
    assert (evse.physical_reference, evse.floor_level) == ("3", "-1")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id": None}, "id: "),
        ({"id": " "}, "id: missing or empty"),
        ({"last_updated": "soon"}, "last_updated: not a date and time"),
        ({"coordinates": {"latitude": "91", "longitude": "0"}}, "coordinates: not on Earth"),
        ({"coordinates": {"latitude": "north", "longitude": "0"}}, "coordinates.latitude: not a number"),
        ({"evses": [{"status": "AVAILABLE"}]}, "evses[0]: "),
    ],
)
def test_what_makes_a_location_unreadable(changes: dict[str, object], reason: str) -> None:
    """Without an id, a time or a place there is nothing to store; the reason names the field."""
    with pytest.raises(Unreadable) as failure:
        DIALECT.read_location(a_location(**changes), OWNER)
    assert failure.value.reason.startswith(reason)


def test_a_location_of_nobody_is_unreadable() -> None:
    """Neither the location nor anybody else says whose it is."""
    with pytest.raises(Unreadable, match="country_code"):
        DIALECT.read_location(a_location())


def test_alone_an_evse_or_connector_must_say_when_it_changed() -> None:
    """Order of pushes is told by last_updated, so it may not be missing."""
    for read, raw in (
        (DIALECT.read_evse, an_evse(last_updated=None)),
        (DIALECT.read_connector, a_connector(last_updated=None)),
    ):
        with pytest.raises(Unreadable, match="last_updated"):
            read(raw)

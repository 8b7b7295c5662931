"""Tests of the 2.3.0 location: what is added to 2.2.1, whole and as PATCH, and that all else is as it was."""

from dataclasses import fields, replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from api.domain.ids import PartyId
from api.domain.roaming.location import Connector, Evse, ParkingPlace
from clients.ocpi.dialect import dialect_for
from tests.clients.ocpi.v2_3_0.samples import a_connector, a_location, an_evse

DIALECT, BEFORE = dialect_for("2.3.0"), dialect_for("2.2.1")
AT = "2025-03-04T10:00:00Z"
UPDATED = datetime(2025, 3, 4, 10, tzinfo=UTC)
PLACE = ParkingPlace(
    id="p-13",
    physical_reference="B13",
    vehicle_types=("personal_vehicle", "hovercraft"),
    restricted_to_type=True,
    max_vehicle_height_cm=Decimal("195.5"),
    time_limit_minutes=Decimal(240),
)
PLUG = frozenset({"iso_15118_20_plug_and_charge"})


def test_what_is_new_arrives() -> None:
    """Parking places, who is accepted, and what a connector can do; vehicles nobody listed are kept."""
    location = DIALECT.read_location(a_location())
    evse = location.evses[0]
    assert location.parking_places == (PLACE,)
    assert (evse.parking_ids, evse.accepted_service_providers) == (("p-13",), ("Chargehand", "Laadclub"))
    assert evse.connectors[0].capabilities == PLUG
    assert location.help_phone == "+31 30 5550113"


def test_all_else_is_as_in_2_2_1() -> None:
    """Without what is new the same location comes out, and its owner may be assumed."""
    location = DIALECT.read_location(a_location(country_code=None, party_id=None), PartyId("NL", "WPX"))
    connector = replace(location.evses[0].connectors[0], capabilities=frozenset())
    evse = replace(location.evses[0], parking_ids=(), accepted_service_providers=(), connectors=(connector,))
    assert replace(location, parking_places=(), evses=(evse,)) == BEFORE.read_location(a_location())


def test_an_evse_and_a_connector_are_read_alone() -> None:
    """Pushed on their own they read as inside a location."""
    evse = DIALECT.read_location(a_location()).evses[0]
    assert DIALECT.read_evse(an_evse()) == evse
    assert DIALECT.read_connector(a_connector()) == evse.connectors[0]


def test_a_strange_parking_place_loses_nothing() -> None:
    """No charge depends on it, so what can be read of the list is kept."""
    odd = [7, {"physical_reference": "1"}, {"id": 4, "vehicle_types": "all"}, {"id": 5}]
    evse = an_evse(parking="here", accepted_service_providers=[None, " ", 7], connectors=[a_connector(capabilities=9)])
    location = DIALECT.read_location(a_location(parking_places=odd, evses=[evse]))
    assert location.parking_places == (ParkingPlace("5"),)
    assert (location.evses[0].parking_ids, location.evses[0].accepted_service_providers) == ((), ("7",))
    assert location.evses[0].connectors[0].capabilities == frozenset()


def test_values_on_no_list_are_kept() -> None:
    """An OpenEnum may hold words that the specification does not have."""
    evse = DIALECT.read_evse(an_evse(capabilities=["TELEPORT"], connectors=[a_connector(standard="SAE_J3400")]))
    assert (evse.capabilities, evse.connectors[0].standard) == (frozenset({"teleport"}), "sae_j3400")


def test_a_patch_of_everything_names_every_field() -> None:
    """What is added has its changes too, and they are fields of our objects."""
    assert set(DIALECT.read_evse_patch(an_evse())) == {field.name for field in fields(Evse)}
    connector = DIALECT.read_connector_patch(a_connector(max_electric_power=11000))
    assert set(connector) == {field.name for field in fields(Connector)}
    changes = DIALECT.read_location_patch(a_location())
    assert changes["parking_places"] == (PLACE,)
    assert changes["evses"] == DIALECT.read_location(a_location()).evses


@pytest.mark.parametrize(("sent", "read"), [(None, ()), ([], ())])
def test_absent_is_no_change_and_null_is_none(sent: object, read: object) -> None:
    """Each added field is optional: null and an empty list clear it, absence leaves it."""
    assert DIALECT.read_location_patch({"last_updated": AT}) == {"last_updated": UPDATED}
    assert DIALECT.read_location_patch({"parking_places": sent}) == {"parking_places": read}
    assert DIALECT.read_evse_patch({"last_updated": AT}) == {"last_updated": UPDATED}
    assert DIALECT.read_evse_patch({"parking": sent, "accepted_service_providers": sent}) == {
        "parking_ids": read,
        "accepted_service_providers": read,
    }
    assert DIALECT.read_connector_patch({"last_updated": AT}) == {"last_updated": UPDATED}
    assert DIALECT.read_connector_patch({"capabilities": sent}) == {"capabilities": frozenset()}


def test_connectors_in_a_patch_are_whole() -> None:
    """A list of connectors replaces the one there is, with what is new on them."""
    changes = DIALECT.read_evse_patch({"connectors": [a_connector()], "last_updated": AT})
    assert changes["connectors"] == (DIALECT.read_connector(a_connector()),)

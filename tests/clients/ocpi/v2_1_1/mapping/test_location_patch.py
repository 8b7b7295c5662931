"""Tests of the 2.1.1 PATCH forms of Location, EVSE and Connector."""

from dataclasses import fields
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from api.domain.roaming.location import BusinessDetails, Connector, Evse, EvseStatus, Location
from clients.ocpi.dialect import Unreadable, dialect_for
from tests.clients.ocpi.v2_1_1.samples import a_connector, a_location, an_evse

DIALECT = dialect_for("2.1.1")
AT = "2025-04-04T10:00:00Z"
UPDATED = datetime(2025, 4, 4, 10, tzinfo=UTC)


def test_only_what_was_sent_is_a_change() -> None:
    """An absent field is no change, and the time of a change is often absent in 2.1.1."""
    assert DIALECT.read_evse_patch({"status": "CHARGING"}) == {"status": EvseStatus.CHARGING}
    assert DIALECT.read_evse_patch({"status": "REMOVED", "last_updated": AT}) == {
        "status": EvseStatus.REMOVED,
        "last_updated": UPDATED,
    }
    assert DIALECT.read_connector_patch({"tariff_id": "Kaj-natt"}) == {"tariff_ids": ("Kaj-natt",)}
    assert DIALECT.read_connector_patch({"voltage": 400, "amperage": "63"}) == {"max_voltage": 400, "max_amperage": 63}
    assert DIALECT.read_location_patch({"name": "Kaj"}) == {"name": "Kaj"}
    assert DIALECT.read_location_patch({}) == {}


def test_null_clears_an_optional_field() -> None:
    """An explicit null is a change to nothing."""
    assert DIALECT.read_evse_patch({"physical_reference": None, "capabilities": None, "floor_level": None}) == {
        "physical_reference": None,
        "capabilities": frozenset(),
        "floor_level": None,
    }
    assert DIALECT.read_connector_patch({"tariff_id": None}) == {"tariff_ids": ()}
    assert DIALECT.read_location_patch({"name": None, "operator": None, "evses": None}) == {
        "name": None,
        "operator": None,
        "evses": (),
    }


def test_a_zone_that_is_cleared_stays_as_an_assumption() -> None:
    """Prices need some zone: what the partner no longer says, we go on assuming."""
    assert DIALECT.read_location_patch({"time_zone": None}) == {"time_zone_assumed": True}
    assert DIALECT.read_location_patch({"time_zone": "Europe/Oslo"}) == {
        "time_zone": "Europe/Oslo",
        "time_zone_assumed": False,
    }
    with pytest.raises(Unreadable, match="time_zone"):
        DIALECT.read_location_patch({"time_zone": "Mars/Base"})


@pytest.mark.parametrize("field", ["id", "type", "coordinates", "address", "postal_code", "country", "last_updated"])
def test_null_on_a_required_field_of_a_location_is_unreadable(field: str) -> None:
    """What must be there cannot be cleared."""
    with pytest.raises(Unreadable, match=f"{field}: may not be null"):
        DIALECT.read_location_patch({field: None})


@pytest.mark.parametrize("field", ["id", "standard", "format", "power_type", "voltage", "amperage", "last_updated"])
def test_null_on_a_required_field_of_a_connector_is_unreadable(field: str) -> None:
    """Volts and amperes are required in 2.1.1."""
    with pytest.raises(Unreadable, match=f"{field}: may not be null"):
        DIALECT.read_connector_patch({field: None})


@pytest.mark.parametrize("field", ["uid", "status", "connectors", "last_updated"])
def test_null_on_a_required_field_of_an_evse_is_unreadable(field: str) -> None:
    """An EVSE always has a status and connectors."""
    with pytest.raises(Unreadable, match=f"{field}: may not be null"):
        DIALECT.read_evse_patch({field: None})


def test_places_and_operators_change_as_a_whole() -> None:
    """Coordinates become two fields; a new kind of site is nothing we keep."""
    assert DIALECT.read_location_patch(
        {
            "type": "ON_STREET",
            "coordinates": {"latitude": "57.7", "longitude": 12},
            "operator": {"name": "Ny"},
            "country": "NO",
        }
    ) == {
        "latitude": Decimal("57.7"),
        "longitude": Decimal(12),
        "operator": BusinessDetails("Ny"),
        "country": "NOR",
    }


def test_lists_of_children_are_read_whole() -> None:
    """EVSEs in a location's patch, and connectors in an EVSE's, are complete objects."""
    evses = DIALECT.read_location_patch({"evses": [an_evse(last_updated=None)], "last_updated": AT})["evses"]
    assert evses == (DIALECT.read_evse(an_evse(last_updated=AT)),)
    connectors = DIALECT.read_evse_patch({"connectors": [a_connector()]})["connectors"]
    assert connectors == (DIALECT.read_connector(a_connector()),)


def test_every_change_is_a_field_of_the_object() -> None:
    """A patch of everything names only fields our model has, so it can be applied with ``replace``."""
    whole = a_location(country_code="SE", party_id="KAJ", publish=True)
    pairs = (
        (DIALECT.read_location_patch(whole), Location, {"help_phone"}),
        (DIALECT.read_evse_patch(an_evse()), Evse, frozenset[str]()),
        (DIALECT.read_connector_patch(a_connector()), Connector, {"max_electric_power_w"}),
    )
    for changes, model, later in pairs:
        assert set(changes) == {field.name for field in fields(model)} - later

"""Tests of the 2.2.1 PATCH forms of Location, EVSE and Connector."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from api.domain.roaming.location import BusinessDetails, Connector, Evse, EvseStatus, Location
from clients.ocpi.dialect import Unreadable, dialect_for
from tests.clients.ocpi.samples import a_connector, a_location, an_evse

DIALECT = dialect_for("2.2.1")
Changes = Mapping[str, object]
AT = "2025-03-04T10:00:00Z"
UPDATED = datetime(2025, 3, 4, 10, tzinfo=UTC)


def test_only_what_was_sent_is_a_change() -> None:
    """An absent field is no change."""
    assert DIALECT.read_evse_patch({"status": "CHARGING", "last_updated": AT}) == {
        "status": EvseStatus.CHARGING,
        "last_updated": UPDATED,
    }
    assert DIALECT.read_connector_patch({"tariff_ids": ["night"], "last_updated": AT}) == {
        "tariff_ids": ("night",),
        "last_updated": UPDATED,
    }
    assert DIALECT.read_location_patch({}) == {}


def test_null_clears_an_optional_field() -> None:
    """An explicit null is a change to nothing."""
    assert DIALECT.read_evse_patch({"physical_reference": None, "capabilities": None}) == {
        "physical_reference": None,
        "capabilities": frozenset(),
    }
    assert DIALECT.read_location_patch({"name": None, "operator": None, "evses": None}) == {
        "name": None,
        "operator": None,
        "evses": (),
    }


@pytest.mark.parametrize(
    ("read", "field", "change"),
    [
        (DIALECT.read_location_patch, "name", {"name": None}),
        (DIALECT.read_location_patch, "postal_code", {"postal_code": None}),
        (DIALECT.read_location_patch, "operator", {"operator": None}),
        (DIALECT.read_location_patch, "help_phone", {"help_phone": None}),
        (DIALECT.read_location_patch, "evses", {"evses": ()}),
        (DIALECT.read_evse_patch, "evse_id", {"evse_id": None}),
        (DIALECT.read_evse_patch, "floor_level", {"floor_level": None}),
        (DIALECT.read_evse_patch, "physical_reference", {"physical_reference": None}),
        (DIALECT.read_evse_patch, "capabilities", {"capabilities": frozenset()}),
        (DIALECT.read_connector_patch, "max_electric_power", {"max_electric_power_w": None}),
        (DIALECT.read_connector_patch, "tariff_ids", {"tariff_ids": ()}),
    ],
)
def test_every_optional_field_is_cleared_by_null_and_kept_when_absent(
    read: Callable[[object], Changes], field: str, change: Changes
) -> None:
    """Absent is no change at all, null is the change to nothing."""
    assert read({field: None, "last_updated": AT}) == {**change, "last_updated": UPDATED}
    assert read({"last_updated": AT}) == {"last_updated": UPDATED}


@pytest.mark.parametrize(
    "field",
    [
        *("country_code", "party_id", "id", "coordinates", "publish", "address", "city", "country", "time_zone"),
        "last_updated",
    ],
)
def test_null_on_a_required_field_is_unreadable(field: str) -> None:
    """What must be there cannot be cleared."""
    with pytest.raises(Unreadable, match=f"{field}: may not be null"):
        DIALECT.read_location_patch({field: None, "last_updated": AT} | {field: None})


@pytest.mark.parametrize("field", ["uid", "status", "connectors", "last_updated"])
def test_null_on_a_required_field_of_an_evse_is_unreadable(field: str) -> None:
    """So it is for an EVSE."""
    with pytest.raises(Unreadable, match=f"{field}: may not be null"):
        DIALECT.read_evse_patch({field: None})


@pytest.mark.parametrize(
    "field", ["id", "standard", "format", "power_type", "max_voltage", "max_amperage", "last_updated"]
)
def test_null_on_a_required_field_of_a_connector_is_unreadable(field: str) -> None:
    """So it is for a connector."""
    with pytest.raises(Unreadable, match=f"{field}: may not be null"):
        DIALECT.read_connector_patch({field: None})


def test_places_zones_and_owners_change_as_a_whole() -> None:
    """Coordinates become two fields; a zone that is sent is no longer assumed."""
    changes = DIALECT.read_location_patch(
        {
            "coordinates": {"latitude": "52.1", "longitude": 5},
            "time_zone": "Europe/Paris",
            "operator": {"name": "Nieuw"},
            "country": "FR",
        }
    )
    assert changes == {
        "latitude": Decimal("52.1"),
        "longitude": Decimal(5),
        "time_zone": "Europe/Paris",
        "time_zone_assumed": False,
        "operator": BusinessDetails("Nieuw"),
        "country": "FRA",
    }


def test_a_nested_object_replaces_the_one_there_was() -> None:
    """What a partner leaves out of an object it sends is gone; half a point is no point."""
    assert DIALECT.read_location_patch({"operator": {"name": "Nieuw"}})["operator"] == BusinessDetails("Nieuw", None)
    with pytest.raises(Unreadable, match="longitude"):
        DIALECT.read_location_patch({"coordinates": {"latitude": "52.1"}})


def test_lists_of_children_are_read_whole() -> None:
    """EVSEs in a location's patch, and connectors in an EVSE's, are complete objects."""
    evses = DIALECT.read_location_patch({"evses": [an_evse(last_updated=None)], "last_updated": AT})["evses"]
    assert evses == (DIALECT.read_evse(an_evse(last_updated=AT)),)
    connectors = DIALECT.read_evse_patch({"connectors": [a_connector()]})["connectors"]
    assert connectors == (DIALECT.read_connector(a_connector()),)


def test_every_change_is_a_field_of_the_object() -> None:
    """A patch of everything names only fields our model has, so it can be applied with ``replace``."""
    pairs = (
        (DIALECT.read_location_patch(a_location()), Location),
        (DIALECT.read_evse_patch(an_evse()), Evse),
        (DIALECT.read_connector_patch(a_connector(max_electric_power=11000)), Connector),
    )
    for changes, model in pairs:
        assert set(changes) <= {field.name for field in fields(model)}
    assert set(pairs[1][0]) == {field.name for field in fields(Evse)} - {"parking_ids", "accepted_service_providers"}
    assert set(pairs[2][0]) == {field.name for field in fields(Connector)} - {"capabilities"}


def test_a_zone_we_do_not_know_is_unreadable() -> None:
    """A patch does not carry the country from which it could be inferred."""
    with pytest.raises(Unreadable, match="time_zone"):
        DIALECT.read_location_patch({"time_zone": "Mars/Base"})
